import Foundation

/// Kills the processes it was told of when this process ends without having told it that they are gone.
final class Leash: Sendable {
    private let writer: FileHandle

    init() throws {
        let pipe = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", Self.script]
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        writer = pipe.fileHandleForWriting
    }

    deinit {
        try? writer.close()
    }

    func hold(_ pid: Int32) throws {
        try writer.write(contentsOf: Data("+ \(pid)\n".utf8))
    }

    func release(_ pid: Int32) throws {
        try writer.write(contentsOf: Data("- \(pid)\n".utf8))
    }

    private static let script = """
        held=' '
        while read -r sign pid; do
            case $sign in
                +) held="$held$pid " ;;
                -) held="${held%% $pid *} ${held#* $pid }" ;;
            esac
        done
        for pid in $held; do kill -9 "$pid"; done
        """
}
