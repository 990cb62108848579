import Testing

@testable import DaybookServer

struct ViewerTests {
    @Test func operators() throws {
        try Viewer.operator.requireOperator()
        #expect(throws: AccessRefusal.operatorOnly) { try Viewer.user("42").requireOperator() }
        for requested in [[], ["7"], ["7", "8"]] {
            #expect(try Viewer.operator.scope(hasUserDimension: true, requested: requested) == .everyone)
            #expect(try Viewer.operator.scope(hasUserDimension: false, requested: requested) == .everyone)
        }
    }

    @Test func usersSeeTheirOwn() throws {
        let viewer = Viewer.user("caf\u{e9}")
        #expect(try viewer.scope(hasUserDimension: true, requested: []) == .user("caf\u{e9}"))
        #expect(try viewer.scope(hasUserDimension: true, requested: ["caf\u{e9}"]) == .user("caf\u{e9}"))
        for requested in [["7"], [""], ["caf\u{e9}", "7"], ["cafe\u{301}"], ["CAF\u{c9}"]] {
            #expect(throws: AccessRefusal.anotherUser) {
                try viewer.scope(hasUserDimension: true, requested: requested)
            }
        }
        for requested in [[], ["caf\u{e9}"]] {
            #expect(throws: AccessRefusal.notPerUser) {
                try viewer.scope(hasUserDimension: false, requested: requested)
            }
        }
    }

    /// Postgres has them as two users, so everything that is kept by viewer must too.
    @Test func equalByBytes() {
        let viewers: Set<Viewer> = [.user("caf\u{e9}"), .user("cafe\u{301}"), .operator, .user("operator"), .operator]
        #expect(viewers.count == 4)
        #expect(viewers.contains(.user("cafe\u{301}")) && !viewers.contains(.user("cafe")))
    }

    @Test func refusals() {
        let refusals =
            TokenDefect.allCases.map(AccessRefusal.invalidToken)
            + [.missingToken, .operatorOnly, .anotherUser, .notPerUser, .foreignHost]
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
