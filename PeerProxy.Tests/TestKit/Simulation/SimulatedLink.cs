using PeerProxy.WebRtc;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>One direction of a path: decides for each packet whether, when and how it arrives.</summary>
public sealed class SimulatedLink(LinkSettings settings, SeededRandom random, Action<Timestamp, byte[]> schedule)
{
    private Timestamp _busyUntil;
    private int _burstLeft;

    public LinkSettings Settings { get; set; } = settings;

    /// <summary>Nothing passes while this is set.</summary>
    public bool IsCut { get; set; }

    /// <summary>Lets tests drop chosen packets: true drops.</summary>
    public Func<byte[], bool>? Filter { get; set; }

    /// <summary>Told what each packet waits for at the bottleneck.</summary>
    public Action<Timestamp, TimeSpan>? Queued { get; set; }

    public long Sent { get; private set; }

    public long Dropped { get; private set; }

    public long QueueDrops { get; private set; }

    public void Send(ReadOnlySpan<byte> packet, Timestamp now)
    {
        Sent++;
        byte[] copy = packet.ToArray();
        if (IsCut || copy.Length > Settings.MaxPacket || IsLost() || Filter?.Invoke(copy) == true)
        {
            Dropped++;
            return;
        }

        Timestamp leaves = now;
        if (Settings.BitsPerSecond > 0)
        {
            Timestamp start = Timestamp.Max(now, _busyUntil);
            if (start - now > Settings.Queue)
            {
                Dropped++;
                QueueDrops++;
                return;
            }

            Queued?.Invoke(now, start - now);
            leaves = start + TimeSpan.FromSeconds((packet.Length + Settings.OverheadBytes) * 8 / Settings.BitsPerSecond);
            _busyUntil = leaves;
        }

        if (random.Chance(Settings.Corruption))
        {
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        }

        Deliver(copy, leaves);
        if (random.Chance(Settings.Duplication))
        {
            Deliver(copy, leaves);
        }
    }

    private void Deliver(byte[] packet, Timestamp leaves)
    {
        Timestamp arrives = leaves + Settings.Delay + (Settings.Jitter * random.NextDouble());
        if (random.Chance(Settings.Reorder))
        {
            arrives += Settings.ReorderDelay;
        }

        if (Settings.Batching > TimeSpan.Zero)
        {
            long batch = Settings.Batching.Ticks;
            arrives = new Timestamp((arrives.Ticks + batch - 1) / batch * batch);
        }

        schedule(arrives, packet);
    }

    private bool IsLost()
    {
        if (_burstLeft > 0)
        {
            _burstLeft--;
            return true;
        }

        if (random.Chance(Settings.BurstStart))
        {
            _burstLeft = Settings.BurstLength - 1;
            return true;
        }

        return random.Chance(Settings.Loss);
    }
}
