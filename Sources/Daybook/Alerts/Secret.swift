/// A value of the environment that is never shown: printed, it is the name of its variable.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The environment variable.
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    package var description: String { "${\(name)}" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [("name", name)]) }

    /// The variable that a text written as `${NAME}` names.
    static func variable(in text: String) -> String? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let name = text.dropFirst(2).dropLast()
        let isName =
            !name.isEmpty && name.first?.isNumber == false
            && name.utf8.allSatisfy {
                (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
            }
        return isName ? String(name) : nil
    }
}
