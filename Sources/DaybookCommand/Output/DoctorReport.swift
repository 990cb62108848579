import Daybook

/// `daybook doctor`, for people and for machines.
struct DoctorReport: Encodable {
    let findings: [DoctorFinding]
    let healthy: Bool

    init(_ findings: [DoctorFinding]) {
        self.findings = findings
        healthy = findings.isHealthy
    }

    var text: String {
        var lines = findings.map { finding in
            """
            \(finding.severity.rawValue) \(finding.check): \(finding.subject)
              \(finding.evidence)
              \(finding.remedy)
            """
        }
        lines.append(summary)
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        guard !findings.isEmpty else { return "Nothing found." }
        let counts = DoctorFinding.Severity.allCases.map { severity in
            "\(severity.rawValue) \(findings.count { $0.severity == severity })"
        }
        return (healthy ? "Nothing to act on: " : "Found: ") + counts.joined(separator: ", ") + "."
    }
}
