import AsyncHTTPClient
import Daybook
import DaybookAlerts
import Foundation
import Logging
import Testing

@Suite(.timeLimit(.minutes(2))) struct WebhookTests {
    static var message: AlertMessage {
        let rule = AlertRule(name: "few", condition: .jobFailed, holdsFor: .zero, pause: .zero, channels: [])
        var book = AlertBook()
        return book.observe([AlertFinding("<@everyone> & co", "likes: 3")], of: rule, at: second(0))[0]
    }

    static var quick: DeliverySettings {
        var settings = DeliverySettings()
        settings.firstPause = .milliseconds(1)
        settings.longestPause = .milliseconds(2)
        settings.attempts = 4
        return settings
    }

    func withSender(_ url: String, _ body: (WebhookSender) async throws -> Void) async throws {
        let client = WebhookSender.makeClient()
        let outcome = await Result.catching {
            try await body(WebhookSender(url: Secret(name: "HOOK", value: url), client: client))
        }
        try await client.shutdown()
        try outcome.get()
    }

    @Test func payloads() throws {
        let slack = try WebhookPayload.slack(Self.message)
        #expect(
            try JSONDecoder().decode([String: String].self, from: slack)["text"]?.contains(
                "&lt;@everyone&gt; &amp; co: likes: 3") == true)
        let discord = String(decoding: try WebhookPayload.discord(Self.message), as: UTF8.self)
        #expect(discord.contains("\"allowed_mentions\":{\"parse\":[]}"))
        let json = String(decoding: try WebhookPayload.json(Self.message), as: UTF8.self)
        #expect(json.contains("\"kind\":\"firing\""))
        #expect(json.contains("\"subjects\":[{\"detail\":\"likes: 3\",\"subject\":\"<@everyone> & co\"}]"))
    }

    @Test func aReceiverTakesIt() async throws {
        try await LoopbackHTTP.with { server, base in
            try await withSender("\(base)/hook?token=SECRET") { try await $0.send(Data("{}".utf8)) }
            #expect(server.received.map(\.uri) == ["/hook?token=SECRET"])
            #expect(server.received.map(\.body) == ["{}"])
        }
    }

    @Test(arguments: [(302, false), (404, false), (429, true), (503, true)])
    func refusals(_ status: Int, _ isPassing: Bool) async throws {
        let headers = [("Location", "http://127.0.0.1:1/other"), ("Retry-After", "7")]
        try await LoopbackHTTP.with([.init(status: status, headers: headers, bodyLength: 1_000_000)]) { server, base in
            try await withSender("\(base)/SECRET") { sender in
                let failure = await #expect(throws: DeliveryFailure.self) { try await sender.send(Data("{}".utf8)) }
                #expect(failure?.isPassing == isPassing)
                #expect(failure?.description.contains("SECRET") == false)
                #expect(failure?.retryAfter == (isPassing ? .seconds(7) : nil))
            }
            #expect(server.received.count == 1)
        }
    }

    @Test func nobodyThere() async throws {
        try await withSender("http://127.0.0.1:1/SECRET") { sender in
            let failure = await #expect(throws: DeliveryFailure.self) { try await sender.send(Data("{}".utf8)) }
            #expect(failure?.isPassing == true)
            #expect(failure?.description.contains("SECRET") == false)
        }
    }

    @Test func aQueueTriesAgain() async throws {
        try await LoopbackHTTP.with([.init(status: 500), .init(status: 503)]) { server, base in
            try await withSender(base) { sender in
                let queue = ChannelQueue("c", settings: Self.quick, logger: Logger(label: "t")) { _ in
                    try await sender.send(Data("x".utf8))
                }
                queue.put(Self.message)
                queue.close()
                await queue.run()
            }
            #expect(server.received.count == 3)
        }
    }

    @Test func aDeadChannelHoldsUpNoOther() async throws {
        try await LoopbackHTTP.with { server, base in
            try await withSender(base) { sender in
                let (dead, alive) = (
                    ChannelQueue("dead", settings: Self.quick, logger: Logger(label: "t")) { _ in
                        try await Task.sleep(for: .seconds(3600))
                    },
                    ChannelQueue("alive", settings: Self.quick, logger: Logger(label: "t")) { _ in
                        try await sender.send(Data("x".utf8))
                    }
                )
                await withTaskGroup(of: Void.self) { group in
                    for queue in [dead, alive] {
                        group.addTask { await queue.run() }
                        queue.put(Self.message)
                    }
                    #expect(await server.next().count == 1)
                    group.cancelAll()
                }
            }
        }
    }

    @Test func aFullQueueLosesAndSaysSo() async {
        let log = LogRecorder()
        var settings = Self.quick
        settings.queueLength = 2
        settings.messagesPerHour = 4
        let queue = ChannelQueue("c", settings: settings, logger: Logger(label: "t") { _ in log }) { _ in }
        for _ in 0..<5 { queue.put(Self.message) }
        #expect(log.lines.count == 3)
        #expect(log.lines.allSatisfy { $0.hasPrefix("error alert lost") })
    }
}
