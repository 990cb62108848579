import Foundation

/// One command of the WebDriver protocol, and its answer.
struct WebDriverRequest {
    let method: String
    let port: UInt16
    let path: String
    var body: [String: Any]?

    /// - Returns: the member `value` of the answer.
    /// - Throws: ``BrowserError`` with the driver's own words.
    func send() async throws -> Any? {
        let request = LoopbackRequest(
            method: method, port: port, target: path,
            body: try body.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
        )
        let answer = try await request.send()
        let json = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
        guard answer.status == 200 else {
            let error = json?["value"] as? [String: Any]
            throw BrowserError("\(method) \(path): \(error?["error"] ?? "") \(error?["message"] ?? answer.text)")
        }
        return json?["value"]
    }
}
