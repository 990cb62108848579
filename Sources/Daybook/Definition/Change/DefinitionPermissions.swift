/// What an operator has said about a changed definition that the files alone cannot tell.
public struct DefinitionPermissions: Sendable, Hashable {
    /// A column that goes on under another name.
    public struct Rename: Sendable, Hashable {
        /// `rollup.column`, as installed.
        public var old: String
        /// The new column's name.
        public var new: String

        /// Reads `rollup.old=new`; nil for everything else.
        public init?(_ text: String) {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts[0].contains("."), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
            (old, new) = (parts[0], parts[1])
        }
    }

    public var renames: [Rename]
    /// `rollup.column` or `rollup.event`: what is kept no longer.
    public var removals: [String]

    public init(renames: [Rename] = [], removals: [String] = []) {
        self.renames = renames
        self.removals = removals
    }

    /// Old names with the new ones, of one rollup.
    package func renames(of rollup: String) -> [String: String] {
        let pairs = renames.compactMap { rename in
            Self.part(rename.old, of: rollup).map { ($0, rename.new) }
        }
        return Dictionary(pairs) { _, last in last }
    }

    /// Names of columns and events of one rollup.
    package func removals(of rollup: String) -> Set<String> {
        Set(removals.compactMap { Self.part($0, of: rollup) })
    }

    private static func part(_ name: String, of rollup: String) -> String? {
        name.hasPrefix("\(rollup).") ? String(name.dropFirst(rollup.count + 1)) : nil
    }
}
