/// What an SMTP server answers to one command.
package struct SMTPReply: Sendable, Hashable {
    package var code: Int
    /// The text of each line, without the code.
    package var lines: [String]

    package init(code: Int, lines: [String]) {
        self.code = code
        self.lines = lines
    }

    /// Puts replies together from bytes as they come.
    package struct Parser: Sendable {
        private var bytes: [UInt8] = []
        private var lines: [String] = []
        /// A reply longer than this is refused, in bytes.
        static let limit = 64 * 1024

        package init() {}

        /// Whether anything has come that belongs to no reply yet.
        package var isEmpty: Bool { bytes.isEmpty && lines.isEmpty }

        package mutating func append(_ more: some Sequence<UInt8>) throws(DeliveryFailure) {
            bytes.append(contentsOf: more)
            guard bytes.count <= Self.limit, lines.count <= 1000 else { throw Self.nonsense }
        }

        /// The next complete reply.
        package mutating func next() throws(DeliveryFailure) -> SMTPReply? {
            while let end = bytes.firstIndex(of: 0x0A) {
                var line = Array(bytes[..<end])
                bytes.removeSubrange(...end)
                if line.last == 0x0D { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                guard text.utf8.count >= 3, let code = Int(text.prefix(3)), (200..<600).contains(code) else {
                    throw Self.nonsense
                }
                lines.append(String(text.dropFirst(4)))
                guard text.dropFirst(3).first != "-" else { continue }
                defer { lines = [] }
                return SMTPReply(code: code, lines: lines)
            }
            return nil
        }

        private static var nonsense: DeliveryFailure {
            DeliveryFailure(
                "The mail server does not speak SMTP. Check host and port, and whether security is tls or starttls.",
                isPassing: false)
        }
    }
}
