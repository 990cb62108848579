extension StringProtocol {
    /// Without the blanks and line ends around it.
    func trimmingBlanks() -> String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
