import Foundation
import HTTPTypes

@testable import DaybookServer

/// Requests of every kind of wrong, and some right ones: the same for the same seed.
struct RequestFuzz {
    private var random: SeededGenerator
    private let desk: TokenDesk

    init(seed: UInt64, desk: TokenDesk) {
        random = SeededGenerator(seed: seed)
        self.desk = desk
    }

    /// The header fields are made apart: names and values that HTTP does not allow never reach a handler.
    mutating func next() throws -> (request: HTTPRequest, told: String) {
        let path = path() + (chance(3) ? "" : "?" + query())
        let method = chance(5) ? HTTPRequest.Method(rawValue: pick(Self.methods))! : .get
        var fields = HTTPFields()
        if let token = try authorization() { fields.append(HTTPField(name: .authorization, value: token)) }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            fields.append(HTTPField(name: HTTPField.Name(pick(Self.names))!, value: value()))
        }
        let authority = chance(4) ? pick(Self.authorities) : "localhost:8080"
        let request = HTTPRequest(
            method: method, scheme: "http", authority: authority, path: path, headerFields: fields)
        return (request, "\(method) \(path.debugDescription) \(fields)")
    }

    private mutating func path() -> String {
        if chance(3) { return pick(Self.routes) }
        if chance(8) { return junk(40) }
        var parts = pick(Self.routes).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let index = Int.random(in: 0..<parts.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: parts[index] = pick(Self.values)
        case 1: parts.insert(pick(Self.values), at: index)
        case 2: parts.remove(at: index)
        case 3: parts[index] += junk(6)
        default: parts[index] = parts[index].uppercased()
        }
        let path = parts.joined(separator: "/")
        return path.hasPrefix("/") || chance(4) ? path : "/" + path
    }

    private mutating func query() -> String {
        if chance(10) { return junk(60) }
        let pairs = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            let name = chance(12) ? junk(8) : pick(Self.parameters)
            return chance(15) ? name : "\(name)=\(chance(6) ? junk(12) : pick(Self.values))"
        }
        return pairs.joined(separator: chance(20) ? ";" : "&")
    }

    private mutating func value() -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: junk(30)
        case 1: pick(Self.values)
        default: pick(Self.headerValues)
        }
    }

    /// None, a right one, one with odd claims, and ones that were damaged on the way.
    private mutating func authorization() throws -> String? {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return nil
        case 1: return junk(80)
        case 2: return "Bearer " + junk(200)
        case 3:
            let payload = TokenMint.claims([
                pick(["sub", "exp", "aud", "iss", "role", "nbf", "iat", "x"]): pick(Self.json)
            ])
            return "Bearer " + (try desk.mint.token(header: #"{"alg":"HS256","typ":"JWT"}"#, payload: payload))
        case 4:
            return "Bearer " + (try desk.mint.token(header: pick(Self.tokenHeaders), payload: TokenMint.claims()))
        case 5:
            var bytes = Array(try desk.mint.token().utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            return "Bearer " + String(decoding: bytes, as: UTF8.self)
        case 6, 7: return "Bearer " + (try desk.mint.token(["sub": "\"\(TokenDesk.user)\""]))
        default: return "Bearer " + (try desk.mint.token(["role": #""operator""#]))
        }
    }

    private mutating func junk(_ limit: Int) -> String {
        let count = Int.random(in: 0...limit, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            return String(
                decoding: (0..<count).map { _ in UInt8.random(in: 33...126, using: &random) }, as: UTF8.self)
        case 1:
            return (0..<count).map { _ in
                let digits = String(UInt8.random(in: 0...255, using: &random), radix: 16)
                return "%" + (digits.count < 2 ? "0" : "") + digits
            }.joined()
        default:
            return (0..<count).map { _ in
                pick(["é", "e\u{301}", "\u{0}", "😀", "\u{202E}", "%", "&", "=", "/", ";", "\t", "'"])
            }
            .joined()
        }
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    private mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    private static let routes =
        GuardedRoute.all.flatMap(\.requests).map { String($0.prefix { $0 != "?" }) }
        + [
            "/api/rollups/sales_daily", "/api/rollups/sales_daily/top", "/api/stream", "*", "", "/", "//", "/assets/",
            "/api",
        ]
    private static let methods = ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "X", "get"]
    private static let authorities: [String?] = [nil, "", ":", "[", "[::1", "a:b:c", "localhost:99999", "@", "évil"]
    private static let parameters = [
        "from", "to", "sort", "limit", "after", "format", "user_id", "user_id.null", "shop", "shop.null", "by",
        "measure",
        "dimension", "prefix", "rollup", "state", "range", "user", "day", "", "%22", "x'y",
    ]
    private static let values = [
        "1", "-1", "0", "'", "%27%3B--", "2026-01-01", "9999-12-31", "0001-01-01", "5874897-12-31", "4713-01-01%20BC",
        "infinity", "-infinity", "2026-02-30", "csv", "json", "-cents", "cents", "share", "cents_each", "-day", "true",
        "full", "none", "sales_daily", "sales_daily,visits_daily", ",", "%F0%9F%98%80", "", "a%0Ab", "NaN", "Infinity",
        "2147483647", "2147483648", "9223372036854775808", "1e400", "shop,user_id", "%5B%22-day%22%5D", "%00", "%FF",
        "WyItZGF5IiwiMjAyNi0wMS0wMSIsIjEiLCJhIl0", "WyItZGF5IiwiaW5maW5pdHkiLCIxIiwiYSJd", "W10", "bnVsbA", "..", ".",
        "%2e%2e", "%2F", "a b", "1,000",
    ]
    private static let names = [
        "Accept", "If-None-Match", "Last-Event-ID", "Origin", "Access-Control-Request-Method", "Cookie",
        "Content-Length",
        "Access-Control-Request-Headers", "Transfer-Encoding", "Expect", "Upgrade", "Range", "X-Forwarded-Host", "Host",
        "Accept-Encoding", "Authorization",
    ]
    private static let headerValues = [
        ";", ",", ",;,", "application/vnd.daybook.v1+json", "application/vnd.daybook.v+json", "*/*;q=;", "*",
        "application/vnd.daybook.v99999999999999999999+json;;", "W/\"x\"", "W/", "\"", "boot-1", "boot-", "boot--1",
        "GET",
        "boot-18446744073709551615", "boot-18446744073709551616", "boot-\u{301}1", "https://stats.example.com", "null",
        "bytes=0-1", "100-continue", "h2c", "chunked", "-1", "authorization, x", "Bearer", "Bearer ", "",
    ]
    private static let tokenHeaders = [
        "", "{}", "[]", "null", #"{"alg":"none"}"#, #"{"alg":"HS512"}"#, #"{"alg":1}"#,
        #"{"alg":"HS256","crit":["x"]}"#,
        #"{"alg":"HS256","kid":{"a":1}}"#, #"{"alg":"HS256","typ":7}"#, #"{"alg":"ES256"}"#,
        String(repeating: "[", count: 2_000),
    ]
    private static let json = [
        "null", "true", "1", "-1", "1e308", "-1e308", "1e400", "\"\"", "\"x\"", "[]", "[1]", "{}", "[\"daybook\",1]",
        "\"\\u0000\"", "\"\\ud800\"", "\"101\"", "99999999999999999999", "0.1", "[\"operator\"]", "{\"operator\":true}",
        String(repeating: "[", count: 700) + String(repeating: "]", count: 700),
        "\"\(String(repeating: "9", count: 5_000))\"",
    ]
}
