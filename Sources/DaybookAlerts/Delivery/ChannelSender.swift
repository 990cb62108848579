package import AsyncHTTPClient
package import Daybook

/// Sends a message through one channel, once.
package struct ChannelSender: Sendable {
    let channel: AlertChannel
    let client: HTTPClient

    package init(_ channel: AlertChannel, client: HTTPClient) {
        self.channel = channel
        self.client = client
    }

    /// - Throws: ``DeliveryFailure``, `CancellationError`.
    package func send(_ message: AlertMessage) async throws {
        switch channel.kind {
        case .slack(let url):
            try await WebhookSender(url: url, client: client).send(WebhookPayload.slack(message))
        case .discord(let url):
            try await WebhookSender(url: url, client: client).send(WebhookPayload.discord(message))
        case .webhook(let url):
            try await WebhookSender(url: url, client: client).send(WebhookPayload.json(message))
        case .sendmail(let path, let envelope):
            try await SendmailSender(path: path, envelope: envelope).send(MailMessage(message, envelope))
        case .smtp(let server, let envelope):
            try await SMTPSender(server: server, envelope: envelope).send(MailMessage(message, envelope))
        }
    }
}
