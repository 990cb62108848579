/// The file of a sealed day.
package struct SnapshotArchive: Sendable, Hashable {
    package var path: String
    package var stamp: SnapshotStamp

    /// The name in its folder, `<day>-<digest>.sqlite`, as the seal records it.
    package var file: String { path.split(separator: "/").last.map(String.init) ?? path }
}
