import ArgumentParser

@main
struct DaybookBenchmarks: AsyncParsableCommand {}
