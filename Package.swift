// swift-tools-version: 6.2

import PackageDescription

/// The pages' scripts and their style sheet, in `Sources/DaybookServer/Pages`.
let pageAssets = [
    "api.js", "balanced-columns.js", "breakdown.js", "cards.js", "chart.js", "columns.js", "dashboard.css",
    "dashboard.js",
    "dom.js", "format.js", "lag-line.js", "ops.js", "ops-facts.js", "ops-table.js", "ops-tables.js", "pace.js",
    "panel.js",
    "picker.js", "scale.js", "series-table.js", "sign-in.js", "status-line.js", "stream.js", "top-table.js",
]

/// What `daybook --version` names. A C target takes it, because Swift has no macro with a text for a value.
let commit = Context.gitInformation.map { $0.currentCommit.prefix(12) + ($0.hasUncommittedChanges ? "+" : "") }

let package = Package(
    name: "daybook",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Daybook", targets: ["Daybook"]),
        .library(name: "DaybookAlerts", targets: ["DaybookAlerts"]),
        .library(name: "PostgresClient", targets: ["PostgresClient"]),
        .executable(name: "daybook", targets: ["DaybookCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(
            name: "CBuildInformation", cSettings: [.define("DAYBOOK_COMMIT", to: "\"\(commit ?? "unknown")\"")]
        ),
        .target(name: "PostgresClient", dependencies: ["CLibPQ"]),
        .target(name: "PrivatePostgres"),
        .target(
            name: "Daybook",
            dependencies: [
                "PostgresClient",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .target(
            name: "DaybookServer",
            dependencies: [
                "Daybook",
                "PostgresClient",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("API/openapi.json"), .embedInCode("Metrics/alerts.yml")]
                + pageAssets.map { .embedInCode("Pages/\($0)") }
        ),
        .target(
            name: "DaybookAlerts",
            dependencies: [
                "Daybook",
                "PostgresClient",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "DaybookCommand",
            dependencies: [
                "CBuildInformation",
                "Daybook",
                "DaybookAlerts",
                "DaybookServer",
                "PostgresClient",
                "PrivatePostgres",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient", "PrivatePostgres"]),
        .testTarget(name: "PrivatePostgresTests", dependencies: ["PrivatePostgres"]),
        .testTarget(
            name: "DaybookTests",
            dependencies: [
                "Daybook",
                "PostgresClient",
                "PrivatePostgres",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "DaybookServerTests",
            dependencies: [
                "Daybook",
                "DaybookServer",
                "PostgresClient",
                "PrivatePostgres",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "DaybookAlertsTests",
            dependencies: [
                "Daybook",
                "DaybookAlerts",
                "PostgresClient",
                "PrivatePostgres",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(name: "DaybookCommandTests", dependencies: ["DaybookCommand", "PrivatePostgres"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Daybook", "DaybookCommand", "PostgresClient", "PrivatePostgres"]
        ),
        .executableTarget(
            name: "DaybookBenchmarks",
            dependencies: [
                "Daybook",
                "DaybookServer",
                "PostgresClient",
                "PrivatePostgres",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Benchmarks"
        ),
    ],
    swiftLanguageModes: [.v6]
)

// One set of rules for every target of ours: the upcoming features, and no warning that is not an error.
for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .treatAllWarnings(as: .error),
            .treatWarning("DeprecatedDeclaration", as: .warning),
            .treatWarning("StrictLanguageFeatures", as: .error),
        ]
}
