using PeerProxy.Fuzz;

namespace PeerProxy.Tests.Unit.Fuzz;

/// <summary>A short run of each fuzz target with a fixed seed; PeerProxy.Fuzz runs longer ones.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 20_000;
    private const int Seed = 20_260;

    public static TheoryData<string> Targets => [.. FuzzTargets.Create().Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Parser_OfMutatedCorpus_NeitherThrowsNorHangsNorHoards(string name)
    {
        var target = FuzzTargets.Create().Single(target => target.Name == name);
        var corpus = FuzzCorpus.Read(target);
        Assert.NotEmpty(corpus);

        // The limit of time is for slow machines only.
        new FuzzRun(target, corpus, Seed).Run(Inputs, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Run_TargetThatThrows_ReportsSeedAndInput()
    {
        var finding = Assert.Throws<FuzzFindingException>(() => new FuzzRun(new Broken(), [[1]], Seed).Run(10, TimeSpan.FromSeconds(1)));
        Assert.Contains("broken: threw InvalidOperationException", finding.Message);
        Assert.Contains($"seed {Seed}, input 1", finding.Message);
        Assert.Equal([1], finding.Input);
    }

    [Fact]
    public void Run_TargetThatHoards_IsAFinding() =>
        Assert.Contains("allocated", Assert.Throws<FuzzFindingException>(() => new FuzzRun(new Hoarder(), [[1]], Seed).Feed([1])).Message);

    private sealed class Broken : IFuzzTarget
    {
        public string Name => "broken";

        public void Run(ReadOnlySpan<byte> input) => throw new InvalidOperationException("on purpose");
    }

    private sealed class Hoarder : IFuzzTarget
    {
        public string Name => "hoarder";

        public byte[] Hoard { get; private set; } = [];

        public void Run(ReadOnlySpan<byte> input) => Hoard = new byte[1 << 20];
    }
}
