/// Measured numbers in order of size.
struct Distribution {
    private let sorted: [Double]

    /// - Precondition: there is at least one.
    init(_ values: some Sequence<Double>) {
        sorted = values.sorted()
        precondition(!sorted.isEmpty, "nothing was measured")
    }

    var minimum: Double { sorted[0] }
    var maximum: Double { sorted[sorted.count - 1] }
    var median: Double { percentile(50) }

    /// The smallest value that at least this many of a hundred do not exceed.
    func percentile(_ percent: Double) -> Double {
        sorted[max(0, Int((percent / 100 * Double(sorted.count)).rounded(.up)) - 1)]
    }
}

extension Double {
    func rounded(toPlaces places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        return "\((self * scale).rounded() / scale)"
    }
}

extension String {
    /// Padded with blanks in front.
    func right(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    func left(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

extension Duration {
    var inMilliseconds: Double { self / .milliseconds(1) }
}
