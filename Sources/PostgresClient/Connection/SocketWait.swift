#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// One `poll` of a server's socket together with the connection's ``Interrupt``.
enum SocketWait {
    struct Ready: Sendable {
        var socket: Bool
        var interrupt: Bool
    }

    /// - Parameter deadline: when to give up with nothing ready; nil waits without end.
    static func wait(
        for socket: Int32,
        reading: Bool = true,
        writing: Bool = false,
        interrupt: Interrupt,
        until deadline: ContinuousClock.Instant?
    ) -> Ready {
        let events = (reading ? POLLIN : 0) | (writing ? POLLOUT : 0)
        var watched = [
            pollfd(fd: socket, events: Int16(events), revents: 0),
            pollfd(fd: interrupt.wakeEnd, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&watched, 2, milliseconds(until: deadline)) > 0 else {
            return Ready(socket: false, interrupt: false)
        }
        return Ready(socket: watched[0].revents != 0, interrupt: watched[1].revents != 0)
    }

    /// Rounded up, so that a wait never ends before its deadline; at most an hour.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let (seconds, attoseconds) = (deadline - .now).components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 3600 else { return 3_600_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
