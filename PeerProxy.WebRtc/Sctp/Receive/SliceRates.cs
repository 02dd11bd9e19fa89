using System.Runtime.CompilerServices;

namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Rates of the parts of a round, in bytes per second. A mutable struct: keep it in a field, never copy it.</summary>
internal struct SliceRates
{
    /// <summary>A round that lasts longer than it should has no more.</summary>
    private const int Most = 32;

    /// <summary>A shorter train began or ended in most of its parts.</summary>
    private const int LeastBusy = 4;

    /// <summary>Share of the largest rate from which on a part belongs to a train.</summary>
    private const double LeastOfBusy = 0.5;

    /// <summary>How many times longer than others a part is in which the peer was silent: a part ends with data.</summary>
    private const double SilentLength = 3;

    /// <summary>Share of a round in which a peer that sends trains is silent.</summary>
    private const double LeastIdle = 0.2;

    private Values _rates;
    private Values _seconds;
    private int _count;
    private TimeSpan _length;
    private Timestamp _start;
    private long _bytes;

    public void Add(int bytes, TimeSpan length, Timestamp now)
    {
        _length = length;
        if (now - _start >= length)
        {
            End(now);
        }

        _bytes += bytes;
    }

    public void Clear(Timestamp now)
    {
        _count = 0;
        _start = now;
        _bytes = 0;
    }

    /// <summary>
    /// The rate of the bottleneck, if the peer sent a train: what most of those parts had in which it was sending, neither one that the train ended in, nor one that got what
    /// had arrived while this process was not running. A peer that sends all the time may send at its own pace, which says nothing.
    /// </summary>
    /// <returns>0 if it is not known.</returns>
    public double TrainRate(Timestamp now)
    {
        End(now);
        Span<double> rates = _rates[.._count];
        Span<double> seconds = _seconds[.._count];
        rates.Sort(seconds);
        double idle = 0, all = 0;
        int first = 0;
        for (int i = 0; i < _count; i++)
        {
            all += seconds[i];
            idle += seconds[i] >= _length.TotalSeconds * SilentLength ? seconds[i] : 0;
            first = rates[i] < rates[^1] * LeastOfBusy ? i + 1 : first;
        }

        int busy = _count - first;
        return busy >= LeastBusy && idle >= all * LeastIdle ? rates[first + (busy / 2)] : 0;
    }

    /// <summary>A part ends with the first data after its time, so one in which the peer fell silent is as much longer.</summary>
    private void End(Timestamp now)
    {
        double seconds = (now - _start).TotalSeconds;
        if (_count < Most && seconds > 0)
        {
            _seconds[_count] = seconds;
            _rates[_count++] = _bytes / seconds;
        }

        _start = now;
        _bytes = 0;
    }

    [InlineArray(Most)]
    private struct Values
    {
        private double _first;
    }
}
