import HTTPTypes
import Hummingbird

/// The pages' scripts and their style sheet: the files beside this one.
struct Assets: Sendable {
    private struct Asset: Sendable {
        let bytes: ByteBuffer
        let type: String
        let etag: String

        init(_ bytes: [UInt8], type: String) {
            self.bytes = ByteBuffer(bytes: bytes)
            self.type = type
            etag = "\"\(String(Digest64(bytes).value, radix: 36))\""
        }
    }

    private static let assets: [String: Asset] = {
        let scripts: [(String, [UInt8])] = [
            ("api", PackageResources.api_js), ("balanced-columns", PackageResources.balanced_columns_js),
            ("breakdown", PackageResources.breakdown_js), ("cards", PackageResources.cards_js),
            ("chart", PackageResources.chart_js), ("columns", PackageResources.columns_js),
            ("dashboard", PackageResources.dashboard_js), ("dom", PackageResources.dom_js),
            ("format", PackageResources.format_js), ("lag-line", PackageResources.lag_line_js),
            ("ops", PackageResources.ops_js), ("ops-facts", PackageResources.ops_facts_js),
            ("ops-table", PackageResources.ops_table_js), ("ops-tables", PackageResources.ops_tables_js),
            ("pace", PackageResources.pace_js), ("panel", PackageResources.panel_js),
            ("picker", PackageResources.picker_js), ("scale", PackageResources.scale_js),
            ("series-table", PackageResources.series_table_js), ("sign-in", PackageResources.sign_in_js),
            ("status-line", PackageResources.status_line_js), ("stream", PackageResources.stream_js),
            ("top-table", PackageResources.top_table_js),
        ]
        var assets = Dictionary(
            uniqueKeysWithValues: scripts.map { ("\($0.0).js", Asset($0.1, type: "text/javascript; charset=utf-8")) }
        )
        assets["dashboard.css"] = Asset(PackageResources.dashboard_css, type: "text/css; charset=utf-8")
        return assets
    }()

    static let names: [String] = assets.keys.sorted()

    func add(to router: RouterGroup<ServerContext>) {
        router.get("assets/{name}") { request, context in
            guard let asset = context.parameters.get("name").flatMap({ Self.assets[$0] }) else {
                throw HTTPError(.notFound)
            }
            let headers: HTTPFields = [
                .contentType: asset.type, .cacheControl: "no-cache", .eTag: asset.etag,
            ]
            if request.has(asset.etag) { return Response(status: .notModified, headers: headers) }
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: asset.bytes))
        }
    }
}

/// FNV-1a, to tell one version of a file from another.
struct Digest64 {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
