import Crypto

extension Rollup {
    /// SHA-256 of ``signature``, as 64 lower-case hexadecimal digits.
    package var definitionDigest: String { SHA256.hash(data: Array(signature.utf8)).hexadecimal }
}

extension SHA256.Digest {
    /// 64 lower-case digits.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
