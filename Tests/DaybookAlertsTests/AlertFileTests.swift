import Daybook
import Testing

@Suite struct AlertFileTests {
    static let environment = [
        "SLACK_URL": "https://hooks.example.com/T0/SECRET", "MAIL_USER": "u", "MAIL_PASSWORD": "p",
    ]

    func parse(_ yaml: String) throws -> AlertDefinitions {
        try AlertFile.parse(yaml, file: "alerts.yml") { Self.environment[$0] }
    }

    @Test func readsChannelsRulesAndSummary() throws {
        let alerts = try parse(
            """
            channels:
              team:
                kind: slack
                url: ${SLACK_URL}
              mail:
                kind: smtp
                host: mail.example.com
                user: ${MAIL_USER}
                password: ${MAIL_PASSWORD}
                from: daybook@example.com
                to: [a@example.com, b@example.com]
            rules:
              behind:
                when: lag > 30s
                for: 2m
                every: 4h
                channels: team
              quiet:
                sql: SELECT 'x' WHERE false;
            summary:
              channels: [mail]
            """)
        #expect(alerts.channels.map(\.name) == ["team", "mail"])
        #expect(
            alerts.rules == [
                AlertRule(
                    name: "behind", condition: .lag(.seconds(30)), holdsFor: .seconds(120), pause: .seconds(14_400),
                    channels: ["team"]),
                AlertRule(
                    name: "quiet", condition: .sql("SELECT 'x' WHERE false", timeout: .seconds(10)), holdsFor: .zero,
                    pause: .seconds(3600), channels: ["team", "mail"]),
            ])
        #expect(alerts.summaryChannels == ["mail"])
        #expect(!"\(alerts)".contains("SECRET"))
    }

    @Test(arguments: [
        ("unrepaired-gap", AlertCondition.unrepairedGap), ("seal-drift", .sealDrift), ("job-failed", .jobFailed),
        ("leader-change", .leaderChange), ("lag > 30s", .lag(.seconds(30))),
        ("freshness  >  1m", .freshness(.seconds(60))), ("notification-queue > 50%", .notificationQueue(0.5)),
        ("disk-free < 10%", .diskFree(0.1)),
    ])
    func readsConditions(_ text: String, _ condition: AlertCondition) throws {
        #expect(try AlertCondition(text) == condition)
    }

    @Test(arguments: [
        "", "lagg > 30s", "lag < 30s", "lag > 30", "lag", "disk-free > 10%", "disk-free < 0%", "job-failed > 3",
    ])
    func refusesConditions(_ text: String) {
        #expect(throws: AlertCondition.ParsingError.self) { try AlertCondition(text) }
    }

    @Test func tellsAllMistakesAtOnceAndNoSecret() throws {
        let error = #expect(throws: DefinitionError.self) {
            try parse(
                """
                channels:
                  team:
                    kind: slack
                    url: https://hooks.example.com/T0/LEAKED
                  other:
                    kind: discord
                    url: ${NOT_SET}
                  mail:
                    kind: smtp
                    host: mail.example.com
                    security: none
                    password: LEAKED
                    from: "a b@example.com"
                    to: ops@example.com
                rules:
                  Behind:
                    when: lagg > 30s
                    channels: [tema]
                  both:
                    when: job-failed
                    sql: SELECT 1
                  writes:
                    sql: DELETE FROM x
                  two:
                    sql: SELECT 1; SELECT 2
                """)
        }
        let problems = try #require(error).problems
        let places = problems.map { "\($0.line ?? 0) \($0.key)" }
        #expect(
            places == [
                "4 channels.team.url", "7 channels.other.url", "8 channels.mail", "12 channels.mail.password",
                "13 channels.mail.from", "16 rules.Behind", "17 rules.Behind.when", "18 rules.Behind.channels",
                "21 rules.both.sql", "23 rules.writes.sql", "25 rules.two.sql",
            ])
        #expect(!"\(problems)".contains("LEAKED"))
        #expect("\(problems)".contains("Did you mean \"lag\"?"))
    }

    @Test func mailCrossesTheNetworkEncrypted() throws {
        let error = #expect(throws: DefinitionError.self) {
            try parse(
                """
                channels:
                  mail:
                    kind: smtp
                    host: mail.example.com
                    security: none
                    from: a@example.com
                    to: b@example.com
                """)
        }
        #expect(error?.problems.map(\.key) == ["channels.mail.security"])
    }
}
