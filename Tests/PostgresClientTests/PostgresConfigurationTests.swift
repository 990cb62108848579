import Testing

@testable import PostgresClient

@Suite struct PostgresConfigurationTests {
    @Test func parametersWinOverTheConnectionStringAndThatOverDefaults() throws {
        let configuration = PostgresConfiguration(
            "postgresql://ann:pw@db.example/sales?connect_timeout=3",
            parameters: ["dbname": "other", "client_encoding": "LATIN1"]
        ).with("application_name", "test")
        let settings = try configuration.settings()
        #expect(settings["dbname"] == "other")
        #expect(settings["host"] == "db.example")
        #expect(settings["connect_timeout"] == "3")
        #expect(settings["keepalives_idle"] == "10")
        #expect(settings["client_encoding"] == "UTF8")
        #expect(settings["application_name"] == "test")
        #expect(settings["fallback_application_name"] == "daybook")
    }

    @Test(arguments: ["postgresql://ann:geheim@db.example/sales", "user=ann password=geheim", "password = 'geheim"])
    func neverShowsThePassword(conninfo: String) {
        let configuration = PostgresConfiguration(conninfo).with("sslpassword", "geheim")
        #expect(!"\(configuration)".contains("geheim"))
        #expect(!String(reflecting: configuration).contains("geheim"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("geheim"))
    }

    @Test func anUnreadableStringIsAnErrorThatKeepsTheSecret() {
        let error = #expect(throws: PostgresError.self) {
            try PostgresConfiguration("password=a geheim").settings()
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.description.contains("geheim") == false)
    }

    @Test func severalHostsAreTakenApart() {
        let attempts = HostList.attempts(["host": "a,b", "port": "1,2", "user": "u"])
        #expect(attempts == [["host": "a", "port": "1", "user": "u"], ["host": "b", "port": "2", "user": "u"]])
        #expect(HostList.attempts(["host": "a,b", "port": "1"]).map { $0["port"] } == ["1", "1"])
        #expect(HostList.attempts(["host": "a,b", "port": "1,2,3"]).count == 1)
        #expect(HostList.attempts(["host": "a"]).count == 1)
    }
}
