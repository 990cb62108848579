import Foundation
import HTTPTypes
import Testing

@testable import DaybookServer

/// The pages' files, found as a browser finds them.
struct AssetRouteTests {
    @Test("Everything that a page or a module asks for is there, of the right type, and nothing else is")
    func files() async throws {
        try await ServerFixture.with { fixture in
            var wanted: [String] = []
            for page in ["/", "/ops"] {
                let html = try await fixture.get(page).body
                wanted += html.matches(of: /(?:src|href)="(\/assets\/[^"]*)"/).map { String($0.output.1) }
            }
            #expect(wanted.count >= 4)
            var seen: Set<String> = []
            while let path = wanted.popLast() {
                guard seen.insert(path).inserted else { continue }
                let answer = try await fixture.get(path)
                #expect(answer.status == .ok, "\(path)")
                let type = path.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
                #expect(answer.headers[.contentType] == type, "\(path)")
                let tag = try #require(answer.headers[.eTag], "\(path)")
                let again = try await fixture.get(path, headers: [.ifNoneMatch: tag])
                #expect(again.status == .notModified)
                #expect(again.body == "")
                // Another host, or a file that is not asked for by name.
                #expect(!answer.body.contains(/url\((?!#)|@import|import\(|https?:\/\/(?!www\.w3\.org)/), "\(path)")
                for module in answer.body.matches(of: /from\s+"([^"]*)"/) {
                    let name = try #require(module.output.1.wholeMatch(of: /\.\/([a-z-]+\.js)/), "\(module.output.1)")
                    wanted.append("/assets/\(name.output.1)")
                }
            }
            #expect(seen == Set(Assets.names.map { "/assets/\($0)" }))
        }
    }

    @Test("The folder's files are the ones that are served")
    func folder() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../Sources/DaybookServer/Pages")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".js") || $0.hasSuffix(".css")
        }
        #expect(files.sorted() == Assets.names)
    }

    @Test(
        "No name leads out of the folder",
        arguments: ["../openapi.json", "..%2Fopenapi.json", "", "x.js", "DASHBOARD.JS"])
    func otherNames(name: String) async throws {
        try await ServerFixture.with { fixture in
            let answer = try await fixture.get("/assets/\(name)")
            #expect(answer.error == "404 not_found -")
        }
    }
}
