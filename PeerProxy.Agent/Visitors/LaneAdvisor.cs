using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Visitors;

/// <summary>Decides how many lanes a visitor's upload should have.</summary>
/// <remarks>A browser's sender halves its rate at each loss, as TCP Reno does, whatever the loss was caused by. On a path that loses packets at random several
/// associations together keep more of the rate: each is hit by a part of the losses only. On a path without losses one is as fast as many.</remarks>
internal sealed class LaneAdvisor
{
    /// <summary>Fewer separate losses than this are an accident, or the overflow that ends a slow start.</summary>
    private const int LeastEpisodes = 3;

    /// <summary>The same on a long path, where the third may be many seconds away.</summary>
    private const int LeastEpisodesOfLongPath = 2;

    /// <summary>An overflow loses packets for as many round trips: until the sender knows, and until what it sent meanwhile has arrived.</summary>
    private const int EpisodeRoundTrips = 4;

    /// <summary>How many round trips losses are counted over at least: enough for the episodes that are needed, and as many without loss.</summary>
    private const int PeriodRoundTrips = 2 * LeastEpisodes * EpisodeRoundTrips;

    /// <summary>Share of packets lost from which a sender of Reno's kind is slower than CUBIC however short the path, and gets the most lanes.</summary>
    private const double HeavyLoss = 0.004;

    private const int SomeLanes = 3;

    /// <summary>From this round trip time on each loss costs seconds, and the most lanes are wanted: a sender of Reno's kind adds a packet per round trip.</summary>
    private static readonly TimeSpan LongRoundTrip = TimeSpan.FromMilliseconds(100);

    /// <summary>What a visitor's ordinary requests stay under: they need no lanes.</summary>
    private const long LeastBytes = 512 * 1024;

    /// <summary>Over how long losses are counted at least.</summary>
    private static readonly TimeSpan LeastPeriod = TimeSpan.FromSeconds(6);

    /// <summary>And at most, whatever round trip time a peer pretends: a report is kept for each quarter of a second.</summary>
    private static readonly TimeSpan MostPeriod = TimeSpan.FromSeconds(30);

    private readonly Queue<ReceiveProgress> _past = new();

    /// <summary>Lanes wanted besides the first association; never fewer than before.</summary>
    public int Lanes { get; private set; }

    /// <summary>Takes what the first association has received.</summary>
    /// <returns>True when <see cref="Lanes"/> has changed.</returns>
    public bool OnProgress(in ReceiveProgress now)
    {
        _past.Enqueue(now);
        var period = now.RoundTripTime * PeriodRoundTrips;
        period = period < LeastPeriod ? LeastPeriod : period > MostPeriod ? MostPeriod : period;
        while (now.Elapsed - _past.Peek().Elapsed > period)
        {
            _past.Dequeue();
        }

        var first = _past.Peek();
        if (now.Bytes - first.Bytes < LeastBytes || now.IsQueued)
        {
            return false;
        }

        var (episodes, holes) = CountLosses(now.RoundTripTime * EpisodeRoundTrips);
        var isLong = now.RoundTripTime >= LongRoundTrip;
        if (episodes < (isLong ? LeastEpisodesOfLongPath : LeastEpisodes))
        {
            return false;
        }

        var wanted = holes >= HeavyLoss * (now.Packets - first.Packets) || isLong ? LaneMessage.MaxLanes : SomeLanes;
        if (wanted <= Lanes)
        {
            return false;
        }

        Lanes = wanted;
        return true;
    }

    /// <summary>Losses close to each other are one episode. The largest one may be an overflow: it counts as an episode, but its holes do not count.</summary>
    private (int Episodes, long Holes) CountLosses(TimeSpan episodeLength)
    {
        var episodes = 0;
        var end = TimeSpan.MinValue;
        long holes = 0, ofEpisode = 0, ofLargest = 0;
        var last = _past.Peek();
        foreach (var progress in _past)
        {
            var opened = progress.Holes - last.Holes;
            if (opened > 0)
            {
                if (progress.Elapsed > end)
                {
                    episodes++;
                    ofEpisode = 0;
                    end = progress.Elapsed + episodeLength;
                }

                holes += opened;
                ofEpisode += opened;
                ofLargest = Math.Max(ofLargest, ofEpisode);
            }

            last = progress;
        }

        return (episodes, holes - ofLargest);
    }
}
