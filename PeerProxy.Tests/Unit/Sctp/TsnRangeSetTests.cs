using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Unit.Sctp;

public sealed class TsnRangeSetTests
{
    [Fact]
    public void RandomOperations_AgreeWithAPlainSet()
    {
        var random = new Random(7);
        for (int run = 0; run < 200; run++)
        {
            var ranges = new TsnRangeSet(1000);
            var plain = new SortedSet<long>();
            for (int i = 0; i < 100; i++)
            {
                long start = random.Next(200);
                long end = start + random.Next(8);
                if (random.Next(10) == 0)
                {
                    ranges.RemoveThrough(start);
                    plain.RemoveWhere(tsn => tsn <= start);
                    continue;
                }

                long cursor = start;
                var uncovered = new List<long>();
                while (ranges.TryNextUncovered(ref cursor, end, out long from, out long to))
                {
                    for (long tsn = from; tsn <= to; tsn++)
                    {
                        uncovered.Add(tsn);
                    }
                }

                Assert.Equal(Between(start, end).Where(tsn => !plain.Contains(tsn)), uncovered);
                Assert.True(ranges.TryAdd(start, end));
                plain.UnionWith(Between(start, end));
            }

            Assert.All(Between(0, 220), tsn => Assert.Equal(plain.Contains(tsn), ranges.Contains(tsn)));
            for (int i = 1; i < ranges.Count; i++)
            {
                Assert.True(ranges[i].Start > ranges[i - 1].End + 1);
            }
        }
    }

    [Fact]
    public void TryAdd_Full_RefusesANewRangeButExtendsAnOldOne()
    {
        var ranges = new TsnRangeSet(2);
        Assert.True(ranges.TryAdd(1));
        Assert.True(ranges.TryAdd(5));
        Assert.False(ranges.TryAdd(9));
        Assert.True(ranges.TryAdd(6));
        Assert.Equal((5L, 6L), ranges[1]);
    }

    private static IEnumerable<long> Between(long start, long end)
    {
        for (long tsn = start; tsn <= end; tsn++)
        {
            yield return tsn;
        }
    }
}
