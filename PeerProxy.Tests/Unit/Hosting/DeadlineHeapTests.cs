using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Unit.Hosting;

public class DeadlineHeapTests
{
    [Fact]
    public void TryPeekDue_RandomMovesAndRemovals_AlwaysGivesTheEarliest()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var heap = new DeadlineHeap<Item>();
            var items = Enumerable.Range(0, 50).Select(_ => new Item()).ToArray();
            var expected = new Dictionary<Item, long>();
            for (var step = 0; step < 2000; step++)
            {
                var item = items[random.Next(items.Length)];
                if (random.Next(4) == 0)
                {
                    heap.Remove(item);
                    expected.Remove(item);
                }
                else
                {
                    expected[item] = random.Next(1000);
                    heap.Set(item, new Timestamp(expected[item]));
                }

                var earliest = expected.Count == 0 ? Timestamp.Never : new Timestamp(expected.Values.Min());
                Assert.True(earliest == heap.Next, $"seed {seed}, step {step}");
                Assert.Equal(expected.Count > 0, heap.TryPeekDue(new Timestamp(1000), out var due));
                Assert.True(due is null || due.Deadline == earliest, $"seed {seed}, step {step}");
            }
        }
    }

    private sealed class Item : IHasDeadline
    {
        public int HeapIndex { get; set; } = -1;

        public Timestamp Deadline { get; set; }
    }
}
