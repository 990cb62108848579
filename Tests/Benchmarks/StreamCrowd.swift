import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Many subscribers of the stream, each over a connection of its own, on one thread that notes what comes when.
///
/// A change is known by its title, `c-` and a number.
final class StreamCrowd: Sendable {
    private struct State {
        /// By number, and by who was told: the index of its query.
        var arrivals: [Int: [Int: ContinuousClock.Instant]] = [:]
        var greeted: Set<Int> = []
        var isOver = false
        var failure: BenchmarkError?
    }

    private let state = Mutex(State())
    private let count: Int

    /// Connects them all and waits until each has been greeted.
    static func connected(port: UInt16, queries: [String]) async throws -> StreamCrowd {
        var descriptors: [Int32] = []
        for query in queries { descriptors.append(try subscribe(port, query)) }
        let crowd = StreamCrowd(count: queries.count)
        let thread = Thread { [descriptors] in crowd.listen(descriptors) }
        thread.start()
        try await crowd.wait(for: "every subscriber's greeting") { $0.greeted.count == queries.count }
        return crowd
    }

    private init(count: Int) {
        self.count = count
    }

    /// Closes the connections, after at most a tenth of a second.
    func leave() { state.withLock { $0.isOver = true } }

    /// When each of the numbers came to whom, once all of them have come to so many.
    func arrivals(
        of numbers: Range<Int>, to receivers: Int
    ) async throws -> [Int: [Int: ContinuousClock.Instant]] {
        try await wait(for: "\(receivers) to be told of \(numbers)") { state in
            numbers.allSatisfy { (state.arrivals[$0]?.count ?? 0) >= receivers }
        }
        return state.withLock { $0.arrivals.filter { numbers.contains($0.key) } }
    }

    private func wait(for event: String, _ condition: (State) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let (holds, failure) = state.withLock { (condition($0), $0.failure) }
            if let failure { throw failure }
            if holds { return }
            guard .now < end else { throw BenchmarkError("Waited in vain for \(event).") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private static func subscribe(_ port: UInt16, _ query: String) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in(loopback: port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let request =
            "GET /api/stream?\(query) HTTP/1.1\r\nHost: localhost:\(port)\r\nAccept: text/event-stream\r\n\r\n"
        guard isConnected, write(descriptor, request, request.utf8.count) == request.utf8.count else {
            throw BenchmarkError("A subscriber cannot connect: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    // MARK: The thread

    private func listen(_ descriptors: [Int32]) {
        defer { for descriptor in descriptors { close(descriptor) } }
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var rests = [[UInt8]](repeating: [], count: descriptors.count)
        var part = [UInt8](repeating: 0, count: 65_536)
        while !state.withLock(\.isOver) {
            guard poll(&polled, nfds_t(polled.count), 100) > 0 else { continue }
            let now = ContinuousClock.now
            for index in polled.indices where polled[index].revents != 0 {
                let length = read(polled[index].fd, &part, part.count)
                guard length > 0 else {
                    state.withLock { $0.failure = BenchmarkError("Subscriber \(index) was cut off.") }
                    return
                }
                rests[index] = take(rests[index] + part[..<length], from: index, at: now)
            }
        }
    }

    /// - Returns: the end of the text, where something may have begun that is not all there.
    private func take(_ text: [UInt8], from index: Int, at now: ContinuousClock.Instant) -> [UInt8] {
        let (isGreeting, numbers) = text.withUnsafeBytes { bytes in
            (Self.find(Self.greeting, in: bytes, from: 0) != nil, Self.numbers(in: bytes))
        }
        state.withLock { state in
            if isGreeting { state.greeted.insert(index) }
            for number in numbers where state.arrivals[number]?[index] == nil {
                state.arrivals[number, default: [:]][index] = now
            }
        }
        return Array(text.suffix(64))
    }

    private static func numbers(in bytes: UnsafeRawBufferPointer) -> [Int] {
        var numbers: [Int] = []
        var position = 0
        while let start = find(title, in: bytes, from: position) {
            position = start + title.count
            let digits = bytes[position...].prefix { (48...57).contains($0) }
            // What stands at the end may go on.
            guard digits.endIndex < bytes.endIndex else { break }
            if let number = Int(String(decoding: digits, as: UTF8.self)) { numbers.append(number) }
        }
        return numbers
    }

    /// A search that keeps up with hundreds of megabytes a second, which that of the standard library does not.
    private static func find(_ needle: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var position = start
        while position + needle.count <= bytes.count {
            guard let first = memchr(base + position, Int32(needle[0]), bytes.count - needle.count + 1 - position)
            else {
                return nil
            }
            position = UnsafeRawPointer(first) - base
            if memcmp(first, needle, needle.count) == 0 { return position }
            position += 1
        }
        return nil
    }

    private static let greeting = [UInt8]("event: hello".utf8)
    private static let title = [UInt8](#""primary_title":"c-"#.utf8)
}
