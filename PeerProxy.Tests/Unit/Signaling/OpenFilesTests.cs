using PeerProxy.Signaling.Upgrades;

namespace PeerProxy.Tests.Unit.Signaling;

/// <summary>The system's table of limits.</summary>
[Trait("Category", "Unit")]
public sealed class OpenFilesTests
{
    private const string Table =
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        + "Max processes             127235               127235               processes \n"
        + "Max open files            20000                1048576              files     \n";

    [Fact]
    public void Read_Table_GivesTheLimitThatHolds() => Assert.Equal(20_000, OpenFiles.Read(Table));

    [Theory]
    [InlineData("")]
    [InlineData("Max open files            unlimited            unlimited            files     \n")]
    [InlineData("Max open files")]
    public void Read_NoLimit_IsNone(string table) => Assert.Null(OpenFiles.Read(table));

    [Fact]
    public void FirstSpare_OfThisProcess_LeavesRoom() => Assert.True(OpenFiles.FirstSpare() > 100);
}
