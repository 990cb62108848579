package import AsyncHTTPClient
package import Daybook
package import Foundation
import NIOCore
import NIOHTTP1

/// Posts JSON to one address. Redirects are not followed: they would take the message to a host nobody has named.
package struct WebhookSender: Sendable {
    let url: Secret
    let client: HTTPClient
    let timeout: Duration

    /// Of an answer, no more is read, in bytes.
    static let answerLimit = 64 * 1024
    /// The longest that a receiver's wish to be left alone is followed.
    static let longestRetryAfter = Duration.seconds(300)

    package init(url: Secret, client: HTTPClient, timeout: Duration = .seconds(10)) {
        self.url = url
        self.client = client
        self.timeout = timeout
    }

    /// A client for all webhooks of a daemon. To be shut down.
    package static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(10), write: .seconds(10))
        configuration.connectionPool = .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 2)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Returns once the receiver has taken it.
    /// - Throws: ``DeliveryFailure``, `CancellationError`.
    package func send(_ body: Data) async throws {
        var request = HTTPClientRequest(url: url.value)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        request.headers.add(name: "User-Agent", value: "daybook")
        request.body = .bytes(body)
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: .nanoseconds(Int64(timeout / .nanoseconds(1))))
        } catch {
            try Task.checkCancellation()
            let reason = (error as? HTTPClientError)?.shortDescription ?? "\(type(of: error))"
            throw DeliveryFailure(
                "The webhook at \(url) cannot be reached (\(reason)). Check the address and the network.",
                isPassing: true)
        }
        // Read so far that the connection can be used again, and no further.
        _ = try? await response.body.collect(upTo: Self.answerLimit)
        try Self.judge(
            status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"), of: url)
    }

    static func judge(status: Int, retryAfter: String?, of url: Secret) throws(DeliveryFailure) {
        switch status {
        case 200..<300: return
        case 300..<400:
            throw DeliveryFailure(
                "The webhook at \(url) answers with a redirect (\(status)). Put the final address into the variable.",
                isPassing: false)
        case 408, 425, 429, 500...:
            let wish = retryAfter.flatMap { Int64($0) }.flatMap { $0 > 0 ? Duration.seconds(min($0, 86_400)) : nil }
            throw DeliveryFailure(
                "The webhook at \(url) answers \(status).", isPassing: true,
                retryAfter: wish.map { min($0, longestRetryAfter) })
        default:
            throw DeliveryFailure(
                "The webhook at \(url) refuses the message (\(status)). Check that it still exists and is of this kind.",
                isPassing: false)
        }
    }
}
