#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Which runs of the model test are wanted.
enum ModelSeeds {
    /// Chosen for what is in them; see `ModelPlanTests`.
    static let short: [UInt64] = [1, 2, 3, 4]
    static let defaultSteps = 40

    /// `DAYBOOK_MODEL_SEEDS`, or the short set.
    static let wanted = variable("DAYBOOK_MODEL_SEEDS").flatMap(parse) ?? short

    /// Transactions of each writer: `DAYBOOK_MODEL_STEPS`, or the default.
    static let steps = variable("DAYBOOK_MODEL_STEPS").flatMap { Int($0) } ?? defaultSteps

    /// Numbers and ranges, separated by commas: `7,9` or `1..2000`. Nil for anything else.
    static func parse(_ text: String) -> [UInt64]? {
        var seeds: [UInt64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "..", omittingEmptySubsequences: false).map { UInt64($0) }
            switch bounds.count {
            case 1:
                guard let seed = bounds[0] else { return nil }
                seeds.append(seed)
            case 2:
                guard let first = bounds[0], let last = bounds[1], first <= last else { return nil }
                seeds += first...last
            default: return nil
            }
        }
        return seeds
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
