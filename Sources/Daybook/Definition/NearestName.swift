/// Finds the name that was probably meant by one that is not known.
enum NearestName {
    /// The candidate with the fewest edits, if that is at most a third of the longer name's length
    /// (at least one); else nil.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        candidates.map { (candidate: $0, edits: edits(from: name, to: $0)) }
            .filter { $0.edits <= max(1, max(name.count, $0.candidate.count) / 3) }
            .min { $0.edits < $1.edits }?
            .candidate
    }

    /// Insertions, deletions and substitutions, and swaps of neighbours, between two names, case not counted
    /// (optimal string alignment).
    static func edits(from first: String, to second: String) -> Int {
        let a = Array(first.lowercased())
        let b = Array(second.lowercased())
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
