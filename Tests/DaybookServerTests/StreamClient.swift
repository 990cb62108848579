import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Synchronization
import Testing

@testable import Daybook
@testable import DaybookServer

/// A client of the stream, without a network: it can be cut off and come back.
final class StreamClient: Sendable {
    private let fixture: ServerFixture
    private let path: String
    private let viewer: Viewer
    private let headers: HTTPFields
    private let state: Mutex<StreamModel>

    /// - Parameter lastEventID: what it claims to have seen, wherever it has that from.
    init(
        _ fixture: ServerFixture, _ path: String, as viewer: Viewer = .operator, headers: HTTPFields = [:],
        lastEventID: String? = nil
    ) {
        self.fixture = fixture
        self.path = path
        self.viewer = viewer
        self.headers = headers
        state = Mutex(StreamModel(lastEventID: lastEventID))
    }

    var model: StreamModel { state.withLock(\.self) }
    /// All text so far.
    var received: String { state.withLock(\.received) }

    /// Reads the stream for the time of `body`, and then is cut off in whatever it is reading.
    /// - Parameter other: the daemon that it reaches this time; nil for the one that it was made with.
    func connected(to other: ServerFixture? = nil, _ body: (StreamClient) async throws -> Void) async throws {
        var headers = headers
        if let id = model.lastEventID { headers[HTTPField.Name("Last-Event-ID")!] = id }
        let response = try await (other ?? fixture).respond(
            HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: path, headerFields: headers),
            as: viewer
        )
        try #require(response.status == .ok)
        state.withLock { $0.connect() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await response.body.write(StreamWriter(client: self))
                } catch is CancellationError {
                    return
                }
            }
            try await body(self)
            group.cancelAll()
            // What the cut has ended is no failure of the test.
            while (try? await group.next()) != nil {}
        }
    }

    fileprivate func take(_ text: String) {
        state.withLock { $0.take(text) }
    }
}

/// What a client knows that does nothing but follow the messages.
struct StreamModel: Sendable {
    private(set) var received = ""
    private var buffer = ""
    /// Rows as JSON text, by rollup, day and dimensions.
    private(set) var rows: [String: String] = [:]
    private(set) var lastEventID: String?
    private(set) var isSettled = false
    private(set) var resets: [String] = []

    init(lastEventID: String? = nil) {
        self.lastEventID = lastEventID
    }

    mutating func connect() {
        buffer = ""
        if lastEventID == nil { isSettled = false }
    }

    mutating func take(_ text: String) {
        received += text
        buffer += text
        while let end = buffer.firstRange(of: "\n\n") {
            apply(String(buffer[..<end.lowerBound]))
            buffer.removeSubrange(..<end.upperBound)
        }
    }

    private mutating func apply(_ event: String) {
        var fields: [String: String] = [:]
        for line in event.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        if let id = fields["id"] { lastEventID = id }
        guard let name = fields["event"], let data = fields["data"],
            let json = try? JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]
        else { return }
        switch name {
        case "settled": isSettled = true
        case "reset":
            isSettled = false
            resets.append(json["reason"] as? String ?? "?")
            if let rollup = json["rollup"] as? String, let days = json["days"] as? [String: String] {
                let (from, to) = (days["from"] ?? "", days["to"] ?? "")
                rows = rows.filter { key, _ in
                    let parts = key.split(separator: " ")
                    return !(parts[0] == rollup && String(parts[1]) >= from && String(parts[1]) <= to)
                }
            } else {
                rows = [:]
            }
        case "rows":
            let place = "\(json["rollup"] ?? "") \(json["day"] ?? "")"
            for row in json["rows"] as? [[String: Any]] ?? [] { rows["\(place) \(Self.key(row))"] = Self.text(row) }
            for row in json["removed"] as? [[String: Any]] ?? [] { rows["\(place) \(Self.key(row))"] = nil }
        default: return
        }
    }

    private static func key(_ row: [String: Any]) -> String {
        text(row.filter { ["user_id", "shop", "site"].contains($0.key) })
    }

    static func text(_ row: [String: Any]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: row, options: .sortedKeys)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

private struct StreamWriter: ResponseBodyWriter {
    let client: StreamClient

    func write(_ buffer: ByteBuffer) async throws {
        try Task.checkCancellation()
        client.take(String(buffer: buffer))
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
