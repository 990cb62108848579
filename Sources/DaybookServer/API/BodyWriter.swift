import Hummingbird

/// The writer of one response's body.
///
/// Unchecked, because Hummingbird's writers are not sendable and are handed on within one task only: the one that runs the
/// body's closure, which is the only user of this object.
final class BodyWriter: @unchecked Sendable {
    private nonisolated(unsafe) var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) {
        self.writer = writer
    }

    @concurrent
    func write(_ buffer: ByteBuffer) async throws {
        try await writer.write(buffer)
    }

    @concurrent
    func write(_ text: String) async throws {
        try await writer.write(ByteBuffer(string: text))
    }
}

extension ResponseBody {
    /// A body that is written as it comes to be. What `write` throws cuts the connection: the client sees that it is not
    /// complete.
    init(writing write: @escaping @Sendable (BodyWriter) async throws -> Void) {
        self.init { writer in
            nonisolated(unsafe) let unsafeWriter = writer
            try await write(BodyWriter(unsafeWriter))
            try await writer.finish(nil)
        }
    }
}
