import Testing

@testable import DaybookServer

struct AccessOptionsTests {
    private static var complete: AccessOptions {
        var options = AccessOptions()
        options.secretFile = "s"
        options.issuer = "i"
        options.audience = "a"
        return options
    }

    @Test func noneIsNoConfiguration() throws {
        #expect(try AccessOptions().settings() == nil)
    }

    @Test func completeWithDefaults() throws {
        let settings = try #require(try Self.complete.settings())
        #expect(settings == (try AccessSettings(keys: .secret("s"), issuer: "i", audience: "a")))
        #expect(
            settings.leewaySeconds == 30 && settings.operatorClaim == "role" && settings.operatorValue == "operator")
    }

    @Test func incomplete() {
        let cases: [(String, (inout AccessOptions) -> Void)] = [
            ("--jwt-issuer", { $0.issuer = nil }), ("--jwt-issuer", { $0.issuer = "" }),
            ("--jwt-audience", { $0.audience = nil }), ("--operator-claim", { $0.operatorClaim = "" }),
            ("--operator-value", { $0.operatorValue = "" }), ("exactly one", { $0.secretFile = nil }),
            ("more than one", { $0.keySetFile = "k" }), ("more than one", { $0.publicKeyFile = "k" }),
        ]
        for (said, change) in cases {
            var options = Self.complete
            change(&options)
            #expect {
                try options.settings()
            } throws: {
                "\($0)".contains(said)
            }
        }
    }

    @Test(arguments: [-1, 301, Int.max]) func leeway(_ seconds: Int) {
        var options = Self.complete
        options.leewaySeconds = seconds
        #expect(throws: AccessError.self) { try options.settings() }
    }
}
