/// SplitMix64: the same numbers for the same seed, with every version of Swift.
struct ModelRandom: Sendable, Hashable {
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

    /// A generator of its own, which what is drawn from this one later does not change.
    mutating func fork() -> ModelRandom {
        ModelRandom(seed: next())
    }

    /// A whole number in the range, each as likely.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True once in `times`, on average.
    mutating func once(in times: Int) -> Bool {
        number(1...times) == 1
    }

    /// One of the elements, each as likely. There must be one.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(0...elements.count - 1)]
    }

    /// One of the elements, each as likely as its weight says. The weights must add up to more than zero.
    mutating func pick<Element>(weighted elements: [(weight: Int, element: Element)]) -> Element {
        var rest = number(1...elements.reduce(0) { $0 + $1.weight })
        for (weight, element) in elements {
            rest -= weight
            if rest <= 0 { return element }
        }
        preconditionFailure("the weights add up to less than they did")
    }
}
