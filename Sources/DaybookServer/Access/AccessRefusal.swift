/// Why a request is not answered, for the response. No message contains anything of the token or of another user's rows.
public enum AccessRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case missingToken
    case invalidToken(TokenDefect)
    /// Without tokens, only requests addressed to a loopback name are answered.
    case foreignHost

    /// The status of the response: 401 when another token would help, otherwise 403.
    public var status: Int {
        switch self {
        case .missingToken, .invalidToken: 401
        case .foreignHost: 403
        }
    }

    /// The member `code` of the error in the response's body.
    public var code: String {
        switch self {
        case .missingToken: "missing_token"
        case .invalidToken: "invalid_token"
        case .foreignHost: "foreign_host"
        }
    }

    /// The response's header `WWW-Authenticate` (RFC 6750), which every 401 has.
    public var challenge: String? {
        switch self {
        case .missingToken: #"Bearer realm="daybook""#
        case .invalidToken(let defect):
            #"Bearer realm="daybook", error="invalid_token", error_description="\#(defect.summary)""#
        case .foreignHost: nil
        }
    }

    public var description: String {
        switch self {
        case .missingToken:
            "This server answers with a token only. Send the header Authorization: Bearer TOKEN, once."
        case .invalidToken(let defect): "\(defect.summary). \(defect.remedy)"
        case .foreignHost:
            """
            Without tokens configured, this server answers only requests to localhost, 127.0.0.1 or [::1]. Use one of those \
            names, or configure tokens.
            """
        }
    }
}
