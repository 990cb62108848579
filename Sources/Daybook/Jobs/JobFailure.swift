import PostgresClient

/// Why a job did not do its work, and what to do.
package struct JobFailure: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(description: String) {
        self.description = description
    }

    init(_ error: any Error, of job: JobDefinition) {
        description = ["\(error)", Self.remedy(of: error, job)].compactMap(\.self).joined(separator: " ")
    }

    private static func remedy(of error: any Error, _ job: JobDefinition) -> String? {
        guard let error = error as? PostgresError else { return nil }
        return switch error.sqlState {
        case "42P01":
            "Create the table that the message names, or switch the job off: `enabled: false` in jobs.yml."
        case "42703": "Correct the column in the job's SQL in jobs.yml."
        case "42501": "Grant the right to the role that the daemon connects as."
        case "57014":
            "A statement took longer than the job's timeout of \(job.timeout). Raise `timeout` in jobs.yml, or let it do "
                + "less at a time with `batches`."
        default: nil
        }
    }
}
