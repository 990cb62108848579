import Daybook

/// A back-fill's progress: a bar on a terminal, a line for each tenth otherwise.
struct BackfillDisplay {
    private var bar = ProgressBar()
    private let started = ContinuousClock.now
    private var tenthsTold = 0

    mutating func show(_ progress: Request.Progress) {
        guard let total = progress.daysTotal, total > 0 else { return }
        let seconds = Double(started.duration(to: .now).components.seconds) + 0.001
        let rate = Int(Double(progress.rows) / seconds)
        let left =
            progress.daysDone > 0 ? Int(seconds * Double(total - progress.daysDone) / Double(progress.daysDone)) : nil
        let label = "\(progress.rows.grouped) rows, \(rate.grouped)/s" + (left.map { ", \($0) s left" } ?? "")
        bar.show(label, done: progress.daysDone, of: total)
        let tenths = 10 * progress.daysDone / total
        if !bar.isVisible, tenths > tenthsTold {
            tenthsTold = tenths
            print("\(progress.daysDone.grouped) of \(total.grouped) days, \(label)")
        }
    }

    mutating func finish() {
        bar.finish()
    }
}
