/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): the same numbers for the same
/// seed, on every machine and with every version of Swift.
struct SampleRandom: Sendable, Hashable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< 1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A whole number in the range, each as likely.
    mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(unit() * Double(range.count))
    }

    /// True once in `times`, on average.
    mutating func once(in times: Int) -> Bool {
        number(in: 1...times) == 1
    }

    /// One of the elements, each as likely. There must be one.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(in: 0...elements.count - 1)]
    }

    /// A whole number of a power law: at least `least`, seldom large, at most `most`. Each doubling has the chance
    /// `doubling`, 0 ..< 1: the larger, the longer the tail.
    mutating func powerLaw(least: Int, most: Int, doubling: Double) -> Int {
        var octave = least
        while octave < most && unit() < doubling { octave *= 2 }
        return min(most, octave + Int(unit() * Double(octave)))
    }
}
