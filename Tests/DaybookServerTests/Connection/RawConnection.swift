import Dispatch
import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// A connection of bytes to a server on this machine, for clients that do not behave.
final class RawConnection: Sendable {
    private let descriptor: Int32
    private static let queue = DispatchQueue(label: "raw connections", attributes: .concurrent)
    /// The longest that a call waits for the server.
    private static let patienceSeconds = 60

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter receiveBuffer: bytes that the machine takes for a client that does not read, about.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            throw Failure(description: "cannot connect: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// Ends the connection as a process does that dies.
    func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Sends a request for a path, with `Host` and the given lines of headers.
    func ask(_ path: String, headers: [String] = []) async throws {
        let lines = ["GET \(path) HTTP/1.1", "Host: localhost"] + headers + ["", ""]
        try await send(lines.joined(separator: "\r\n"))
    }

    func send(_ text: String) async throws {
        try await blocking { [descriptor] in
            var rest = [UInt8](text.utf8)
            while !rest.isEmpty {
                let count = Glibc.send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { throw Failure(description: "cannot send") }
                rest.removeFirst(count)
            }
        }
    }

    /// Sends a byte about each hundredth of a second until the server closes the connection.
    /// - Returns: how many bytes it took.
    func drip(_ byte: UInt8, atMost limit: Int = 20_000) async throws -> Int {
        try await blocking { [descriptor] in
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            for count in 0..<limit {
                // Something to be read is the end, because the server owes no answer.
                if poll(&polled, 1, 10) > 0 { return count }
                guard Glibc.send(descriptor, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 else { return count }
            }
            throw Failure(description: "the server has taken \(limit) single bytes")
        }
    }

    /// What the server sends, until all of it contains the text or the server closes the connection.
    func read(until text: String? = nil) async throws -> String {
        try await blocking { [descriptor] in
            let wanted = text.map { Data($0.utf8) }
            var received = Data()
            var part = [UInt8](repeating: 0, count: 65_536)
            var searched = 0
            while true {
                if let wanted {
                    if received.range(of: wanted, in: searched..<received.count) != nil { break }
                    // What is looked for may have begun at the end of what is here.
                    searched = max(0, received.count - wanted.count)
                }
                let count = recv(descriptor, &part, part.count, 0)
                if count == 0 || (count < 0 && errno == ECONNRESET) { break }
                guard count > 0 else {
                    throw Failure(
                        description: "the server neither sends nor closes: \(String(cString: strerror(errno)))")
                }
                received.append(contentsOf: part.prefix(count))
            }
            return String(decoding: received, as: UTF8.self)
        }
    }

    /// Blocking calls do not belong on the threads that all tasks share.
    private func blocking<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Self.queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}
