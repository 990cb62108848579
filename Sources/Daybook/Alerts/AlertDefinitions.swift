/// What `alerts.yml` declares. Without channels there are no alerts.
package struct AlertDefinitions: Sendable, Hashable {
    /// In file order.
    package var channels: [AlertChannel]
    /// In file order.
    package var rules: [AlertRule]
    /// The channels of the daily summary; empty for none.
    package var summaryChannels: [String]

    package init(channels: [AlertChannel] = [], rules: [AlertRule] = [], summaryChannels: [String] = []) {
        self.channels = channels
        self.rules = rules
        self.summaryChannels = summaryChannels
    }
}

/// Where messages go.
package struct AlertChannel: Sendable, Hashable {
    package var name: String
    package var kind: Kind

    package enum Kind: Sendable, Hashable {
        case slack(url: Secret)
        case discord(url: Secret)
        /// JSON of our own by POST.
        case webhook(url: Secret)
        case smtp(MailServer, Envelope)
        /// A program that takes a message on its standard input.
        case sendmail(path: String, Envelope)
    }

    package struct Envelope: Sendable, Hashable {
        package var from: String
        /// At least one.
        package var to: [String]

        package init(from: String, to: [String]) {
            self.from = from
            self.to = to
        }
    }

    package struct MailServer: Sendable, Hashable {
        package var host: String
        package var port: Int
        package var security: Security
        package var user: Secret?
        package var password: Secret?

        package init(host: String, port: Int, security: Security, user: Secret? = nil, password: Secret? = nil) {
            self.host = host
            self.port = port
            self.security = security
            self.user = user
            self.password = password
        }
    }

    package enum Security: String, Sendable, CaseIterable {
        /// TLS from the first byte (port 465).
        case tls
        /// TLS before anything else is said (port 587).
        case starttls
        /// Plain text, to this machine only.
        case none
    }

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// When to tell whom of what.
package struct AlertRule: Sendable, Hashable {
    package var name: String
    package var condition: AlertCondition
    /// How long the condition has to hold before it is told.
    package var holdsFor: Duration
    /// The least time between two messages of one subject.
    package var pause: Duration
    /// Names of channels, at least one.
    package var channels: [String]

    package init(name: String, condition: AlertCondition, holdsFor: Duration, pause: Duration, channels: [String]) {
        self.name = name
        self.condition = condition
        self.holdsFor = holdsFor
        self.pause = pause
        self.channels = channels
    }
}
