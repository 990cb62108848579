import Foundation

/// The payload of a token, as far as this server looks at it (RFC 7519).
struct TokenClaims {
    static let maximumSubjectBytes = 1024

    var issuer: String?
    var subject: String?
    var audience: [String]
    /// Seconds since 1970, as are the next two.
    var expiry: Double?
    var notBefore: Double?
    var issuedAt: Double?
    /// The values of the claim that makes an operator.
    var roles: [String]

    /// - Returns: `nil` for bytes that are not an object, and for a registered claim of the wrong type.
    init?(_ bytes: [UInt8], operatorClaim: String) {
        let decoder = JSONDecoder()
        decoder.userInfo[.operatorClaim] = operatorClaim
        guard let claims = try? decoder.decode(Payload.self, from: Data(bytes)) else { return nil }
        self = claims.claims
    }

    fileprivate init(from decoder: any Decoder, operatorClaim: String) throws {
        let container = try decoder.container(keyedBy: Name.self)
        issuer = try container.decodeIfPresent(String.self, forKey: "iss")
        subject = try container.decodeIfPresent(String.self, forKey: "sub")
        audience = try Self.strings(container, "aud")
        expiry = try container.decodeIfPresent(Double.self, forKey: "exp")
        notBefore = try container.decodeIfPresent(Double.self, forKey: "nbf")
        issuedAt = try container.decodeIfPresent(Double.self, forKey: "iat")
        // Of another type, the claim is not the one that makes operators, and the token may be a user's.
        roles = (try? Self.strings(container, Name(operatorClaim))) ?? []
    }

    private static func strings(_ container: KeyedDecodingContainer<Name>, _ name: Name) throws -> [String] {
        if let one = try? container.decode(String.self, forKey: name) { return [one] }
        return try container.decodeIfPresent([String].self, forKey: name) ?? []
    }

    /// What is wrong with the claims at `now`, seconds since 1970.
    func defect(under settings: AccessSettings, now: Double) -> TokenDefect? {
        let leeway = Double(settings.leewaySeconds)
        guard issuer == settings.issuer else { return .issuer }
        guard audience.contains(settings.audience) else { return .audience }
        guard let expiry else { return .noExpiry }
        guard now < expiry + leeway else { return .expired }
        if let notBefore, now < notBefore - leeway { return .notYetValid }
        if let issuedAt, now < issuedAt - leeway { return .issuedInTheFuture }
        return nil
    }

    /// Who the claims say the bearer is, `nil` if they name no user.
    func viewer(under settings: AccessSettings) -> Viewer? {
        if roles.contains(settings.operatorValue) { return .operator }
        // Postgres has no text with a NUL, so no row could be this user's.
        guard let subject, !subject.isEmpty, subject.utf8.count <= Self.maximumSubjectBytes, !subject.utf8.contains(0)
        else {
            return nil
        }
        return .user(subject)
    }
}

/// Claims may have any name, so the keys are not an enumeration.
private struct Name: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringLiteral name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private struct Payload: Decodable {
    let claims: TokenClaims

    init(from decoder: any Decoder) throws {
        claims = try TokenClaims(from: decoder, operatorClaim: decoder.userInfo[.operatorClaim] as? String ?? "")
    }
}

extension CodingUserInfoKey {
    fileprivate static let operatorClaim = CodingUserInfoKey(rawValue: "operatorClaim")!
}
