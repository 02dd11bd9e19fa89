using PeerProxy.WebRtc.Dtls;

namespace PeerProxy.Tests.Unit.Dtls;

public class ReplayWindowTests
{
    [Fact]
    public void IsReplay_RandomOrder_AgreesWithASet()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var window = new ReplayWindow();
            var seen = new HashSet<ulong>();
            ulong highest = 0;
            ulong position = 0;
            for (var i = 0; i < 5000; i++)
            {
                position += (ulong)random.Next(random.Next(50) == 0 ? 3000 : 3);
                var sequence = position - Math.Min(position, (ulong)random.Next(1500));
                var expected = seen.Contains(sequence) || (seen.Count > 0 && highest >= sequence && highest - sequence >= ReplayWindow.Size);
                Assert.True(expected == window.IsReplay(sequence), $"seed {seed}, step {i}");
                if (!expected)
                {
                    window.Accept(sequence);
                    seen.Add(sequence);
                    highest = Math.Max(highest, sequence);
                }
            }
        }
    }
}
