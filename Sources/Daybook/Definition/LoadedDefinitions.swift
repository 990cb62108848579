/// Definitions that are consistent in themselves, not yet compared with a database.
public struct LoadedDefinitions: Sendable, Hashable {
    /// In the order of their files' names.
    public var rollups: [RollupDefinition]
    public var lines: DefinitionLines

    public init(rollups: [RollupDefinition], lines: DefinitionLines) {
        self.rollups = rollups
        self.lines = lines
    }
}
