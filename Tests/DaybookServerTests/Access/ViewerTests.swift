import Testing

@testable import DaybookServer

struct ViewerTests {
    /// Postgres has them as two users, so everything that is kept by viewer must too.
    @Test func equalByBytes() {
        let viewers: Set<Viewer> = [.user("caf\u{e9}"), .user("cafe\u{301}"), .operator, .user("operator"), .operator]
        #expect(viewers.count == 4)
        #expect(viewers.contains(.user("cafe\u{301}")) && !viewers.contains(.user("cafe")))
    }

    @Test func refusals() {
        let refusals =
            TokenDefect.allCases.map(AccessRefusal.invalidToken)
            + [.missingToken, .foreignHost]
        for refusal in refusals {
            #expect([401, 403].contains(refusal.status))
            #expect((refusal.status == 401) == (refusal.challenge != nil))
            #expect(refusal.challenge?.hasPrefix(#"Bearer realm="daybook""#) != false)
            // What is wrong, and what to do.
            #expect(refusal.description.split(separator: ". ").count >= 2 && refusal.description.hasSuffix("."))
        }
        #expect(
            AccessRefusal.invalidToken(.expired).challenge
                == #"Bearer realm="daybook", error="invalid_token", error_description="The token has expired""#)
    }
}
