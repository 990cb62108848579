import Dispatch
import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// A request to a server on this machine, over a connection of its own. `URLSession` on Linux now and then never comes back.
struct LoopbackRequest: Sendable {
    var method = "GET"
    let port: UInt16
    /// Path and query.
    var target = "/"
    var body = Data()

    struct Answer: Sendable {
        let status: Int
        let body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// The longest that connecting, writing and each read may take.
    private static let patienceSeconds = 90
    private static let queue = DispatchQueue(label: "loopback requests", attributes: .concurrent)

    /// - Throws: ``BrowserError`` when nobody listens, and for what is no answer.
    func send() async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            // Blocking calls do not belong on the threads that all tasks share.
            Self.queue.async { continuation.resume(with: Result { try exchange() }) }
        }
    }

    private func exchange() throws -> Answer {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw failure("has no socket") }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in(loopback: port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw failure("cannot connect") }
        try write(to: descriptor)
        var received = Data()
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &part, part.count, 0)
            guard count >= 0 else { throw failure("has no answer") }
            received.append(contentsOf: part.prefix(count))
            if let answer = try answer(in: received, isAll: count == 0) { return answer }
        }
    }

    private func write(to descriptor: Int32) throws {
        let head = """
            \(method) \(target) HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Connection: close\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            \r

            """
        var rest = [UInt8](head.utf8) + body
        while !rest.isEmpty {
            let count = Glibc.send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw failure("cannot be sent") }
            rest.removeFirst(count)
        }
    }

    /// The answer, once all of it is there.
    private func answer(in received: Data, isAll: Bool) throws -> Answer? {
        guard let end = received.firstRange(of: Data("\r\n\r\n".utf8)) else {
            if isAll { throw BrowserError("\(method) \(target): the connection ended before the answer.") }
            return nil
        }
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        let body = received[end.upperBound...]
        let length = head.firstMatch(of: /(?i)\r\ncontent-length: *(\d+)/).flatMap { Int($0.output.1) }
        guard let status = head.firstMatch(of: /^HTTP\/1\.1 (\d{3})/).flatMap({ Int($0.output.1) }) else {
            throw BrowserError("\(method) \(target): no HTTP answer.")
        }
        if let length, body.count >= length { return Answer(status: status, body: Data(body.prefix(length))) }
        return isAll ? Answer(status: status, body: Data(body)) : nil
    }

    private func failure(_ what: String) -> BrowserError {
        BrowserError("\(method) \(target) on port \(port) \(what): \(String(cString: strerror(errno)))")
    }
}

extension sockaddr_in {
    init(loopback port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    }
}
