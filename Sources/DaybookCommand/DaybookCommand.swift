import ArgumentParser

@main
struct DaybookCommand: AsyncParsableCommand {}
