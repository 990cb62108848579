import PostgresClient

extension DoctorCheck {
    /// Audits read with `row_security = off`, where a policy that filters is an error.
    static let rowSecurity = DoctorCheck("row-security", needs: .sources) { examination, findings in
        let role = try await examination.connection.query("SELECT current_user::text")[0].decode(String.self)
        for source in examination.sources where !source.relation.rights.seesAllRows {
            let lack = SourceRights.Lack.rowSecurity(of: source.relation, role: role)
            findings.add(
                .error, source.relation.name.description, DoctorFinding.sentence(lack.message), remedy: lack.remedy)
        }
    }
}
