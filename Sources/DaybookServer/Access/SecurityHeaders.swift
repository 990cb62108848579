public import HTTPTypes

/// The headers that tell browsers to do with an answer what it is for and nothing else.
public enum SecurityHeaders {
    /// For the pages: scripts, styles and connections of this server only, nothing inline, no frame around it.
    public static let pagePolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
        form-action 'self'; frame-ancestors 'none'
        """
    /// For everything that is not a page, should a browser be made to show it as one.
    public static let dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

    /// For every HTML answer.
    public static let page = fields(policy: pagePolicy)
    /// For every other answer, errors included.
    public static let data = fields(policy: dataPolicy)

    private static func fields(policy: String) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentSecurityPolicy] = policy
        fields[.xContentTypeOptions] = "nosniff"
        for (name, value) in [
            ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ] {
            fields[HTTPField.Name(name)!] = value
        }
        return fields
    }
}
