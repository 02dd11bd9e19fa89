using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

public sealed class StreamNumbersTests
{
    [Fact]
    public void Numbers_OutOfOrder_AreRememberedExactly()
    {
        var numbers = new StreamNumbers();
        numbers.Open(3);
        numbers.Close(2);
        Assert.Equal(StreamNumberState.Unseen, numbers.StateOf(1));
        Assert.Equal(StreamNumberState.Closed, numbers.StateOf(2));
        Assert.Equal(StreamNumberState.Open, numbers.StateOf(3));
        Assert.Equal(1u, numbers.LowestUnseen);

        numbers.Open(1);
        Assert.Equal(4u, numbers.LowestUnseen);
        numbers.Close(3);
        numbers.Close(1);
        Assert.Equal(StreamNumberState.Closed, numbers.StateOf(1));
        Assert.Equal(StreamNumberState.Closed, numbers.StateOf(3));
        Assert.Equal(0, numbers.OpenCount);
        Assert.Equal(3u, numbers.Highest);
    }

    [Theory]
    [InlineData(0u, StreamNumberState.Invalid)]
    [InlineData(65_537u, StreamNumberState.Unseen)]
    [InlineData(65_538u, StreamNumberState.Invalid)]
    [InlineData(uint.MaxValue, StreamNumberState.Invalid)]
    public void StateOf_FarAhead_IsBounded(uint number, StreamNumberState expected) =>
        Assert.Equal(expected, new StreamNumbers().StateOf(number));
}
