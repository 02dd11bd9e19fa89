using PeerProxy.WebRtc;

namespace PeerProxy.Tests.Unit.Hosting;

/// <summary>Other tests use the pool at the same time, so what is asked here holds whoever else takes and gives.</summary>
public sealed class MessageBuffersTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(MessageBuffers.SmallestBytes - 1)]
    [InlineData(MessageBuffers.SmallestBytes)]
    [InlineData(MessageBuffers.SmallestBytes + 1)]
    [InlineData(16 * 1024)]
    [InlineData((16 * 1024) + 1)]
    [InlineData(MessageBuffers.LargestBytes)]
    [InlineData(MessageBuffers.LargestBytes + 1)]
    [InlineData(256 * 1024)]
    public void Rent_AnySize_HasRoomAndWastesLessThanHalf(int bytes)
    {
        var buffer = MessageBuffers.Rent(bytes);
        Assert.InRange(buffer.Length, bytes, Math.Max(bytes * 2, 16));
        MessageBuffers.Return(buffer);
    }

    [Fact]
    public void Rent_ManyAtATime_NeverTheSameTwice()
    {
        var rented = Enumerable.Range(0, 2000).Select(_ => MessageBuffers.Rent(2000)).ToList();
        Assert.Equal(rented.Count, rented.Distinct(ReferenceEqualityComparer.Instance).Count());
        rented.ForEach(MessageBuffers.Return);
    }

    [Fact]
    public void Return_MoreThanIsKept_LetsTheRestGo()
    {
        const int Size = MessageBuffers.LargestBytes;
        const int Kept = MessageBuffers.RetainedBytes / Size;
        var rented = Enumerable.Range(0, Kept * 2).Select(_ => MessageBuffers.Rent(Size)).ToList();
        rented.ForEach(MessageBuffers.Return);
        var known = rented.ToHashSet<object>(ReferenceEqualityComparer.Instance);
        var again = Enumerable.Range(0, Kept * 2).Select(_ => MessageBuffers.Rent(Size)).ToList();
        Assert.InRange(again.Count(known.Contains), 0, Kept);
        again.ForEach(MessageBuffers.Return);
    }

    [Fact]
    public void Trim_AfterAPeak_KeepsWhatWasNeededSince()
    {
        var shelf = new MessageBuffers.Shelf(capacity: 3);
        foreach (var _ in Enumerable.Range(0, 4))
        {
            shelf.Put(new byte[1]);
        }

        // The peak was before the first look.
        shelf.Trim();
        var needed = shelf.TryTake();
        shelf.Put(needed!);
        shelf.Trim();
        Assert.NotNull(shelf.TryTake());
        Assert.Null(shelf.TryTake());
    }
}
