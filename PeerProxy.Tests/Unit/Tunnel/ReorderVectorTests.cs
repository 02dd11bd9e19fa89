using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

public sealed class ReorderVectorTests
{
    private const string FileName = "reorder.json";

    public static TheoryData<string> Cases => TunnelVectors.Names(FileName, "cases");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Case_Steps_GiveTheExpected(string name)
    {
        var row = TunnelVectors.Case(FileName, "cases", name);
        var buffer = new ReorderBuffer<uint>();
        foreach (var step in row["steps"]!.AsArray().Select(step => step!.AsObject()))
        {
            var sequence = step["sequence"]!.GetValue<uint>();
            var result = buffer.Add(sequence, TunnelVectors.Flag(step, "final"), sequence);
            Assert.Equal(TunnelVectors.Text(step, "result"), result switch
            {
                ReorderResult.InOrder => "in-order",
                ReorderResult.Held => "held",
                _ => "PROTOCOL",
            });
            if (result == ReorderResult.InOrder)
            {
                var delivered = new List<uint> { sequence };
                while (buffer.TryTakeNext(out var next))
                {
                    delivered.Add(next);
                }

                Assert.Equal(TunnelVectors.As<uint[]>(step, "delivers"), delivered);
            }
        }

        if (row["complete"] is { } complete)
        {
            Assert.Equal(complete.GetValue<bool>(), buffer.IsComplete);
        }
    }

    [Fact]
    public void Add_AnyPermutation_DeliversInOrder()
    {
        var random = new Random(4711);
        for (var round = 0; round < 200; round++)
        {
            var count = random.Next(1, 60);
            var order = Enumerable.Range(0, count).ToArray();
            random.Shuffle(order);
            var buffer = new ReorderBuffer<int>();
            var delivered = new List<int>();
            foreach (var sequence in order)
            {
                var result = buffer.Add((uint)sequence, sequence == count - 1, sequence);
                Assert.NotEqual(ReorderResult.Error, result);
                if (result == ReorderResult.InOrder)
                {
                    delivered.Add(sequence);
                    while (buffer.TryTakeNext(out var next))
                    {
                        delivered.Add(next);
                    }
                }
            }

            Assert.Equal(Enumerable.Range(0, count), delivered);
            Assert.True(buffer.IsComplete);
            Assert.Equal(0, buffer.HeldCount);
        }
    }
}
