import ArgumentParser

/// A measured number and what it has to be.
struct Bound {
    enum Requirement {
        case atLeast(Double)
        case atMost(Double)
    }

    let name: String
    let value: Double
    let requirement: Requirement
    var unit = ""

    private var holds: Bool {
        switch requirement {
        case .atLeast(let least): value >= least
        case .atMost(let most): value <= most
        }
    }

    private var line: String {
        let limit =
            switch requirement {
            case .atLeast(let least): "at least \(least.rounded(toPlaces: 2))"
            case .atMost(let most): "at most \(most.rounded(toPlaces: 2))"
            }
        return "\(holds ? "holds " : "MISSED")  \(name): \(value.rounded(toPlaces: 2))\(unit), required \(limit)\(unit)"
    }

    /// Prints every bound.
    /// - Throws: `ExitCode` 1 when one was missed.
    static func report(_ bounds: [Bound]) throws {
        print("")
        for bound in bounds { print(bound.line) }
        if !bounds.allSatisfy(\.holds) { throw ExitCode(1) }
    }
}
