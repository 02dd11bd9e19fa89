using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.Tests.Unit.Sctp;

/// <summary>Which message goes next.</summary>
public sealed class SendQueueTests
{
    private const byte Bulk = 6;
    private const byte Usual = 3;
    private const byte Urgent = 1;

    private readonly SendQueue _queue = new(1024 * 1024, interleaved: false);

    [Fact]
    public void Unordered_MoreUrgentLater_OvertakesOnItsStream()
    {
        Add(1, Bulk, 'a');
        Add(1, Bulk, 'b');
        Add(1, Usual, 'c');
        Add(1, Urgent, 'd');
        Add(1, Usual, 'e');
        Add(1, Bulk, 'f');

        Assert.Equal("dceabf", Drain());
    }

    [Fact]
    public void Unordered_MoreUrgentThanOneBegun_GoesRightBehindIt()
    {
        Add(1, Bulk, 'a');
        Add(1, Bulk, 'b');
        SendPart();
        Add(1, Urgent, 'c');
        Add(1, Bulk, 'd');
        Add(1, Usual, 'e');

        Assert.Equal("acebd", Drain());
    }

    [Fact]
    public void Unordered_UrgentOfAnotherStream_OvertakesOneNotBegun()
    {
        Add(1, Bulk, 'a');
        Add(1, Bulk, 'b');
        Assert.Equal('a', Name(_queue.Peek()!));
        Add(2, Usual, 'c');

        Assert.Equal("cab", Drain());
    }

    [Fact]
    public void Unordered_UrgentOnAStreamThatWaits_MovesTheStreamForward()
    {
        Add(1, Usual, 'a');
        Add(2, Bulk, 'b');
        Add(3, Usual, 'c');
        Add(2, Urgent, 'd');

        Assert.Equal("dacb", Drain());
    }

    [Fact]
    public void Ordered_MoreUrgentLater_KeepsItsPlace()
    {
        Add(1, Bulk, 'a', unordered: false);
        Add(1, Urgent, 'b', unordered: false);
        Add(1, Urgent, 'c');

        Assert.Equal("abc", Drain());
    }

    [Fact]
    public void QueuedBytes_ByUrgency_AreThoseThatWouldGoBefore()
    {
        Add(1, Bulk, 'a');
        Add(1, Usual, 'b');
        Add(2, Usual, 'c');
        SendPart();

        Assert.Equal((0, 39, 59), (_queue.GetQueuedBytesUpTo(Urgent), _queue.GetQueuedBytesUpTo(Usual), _queue.GetQueuedBytesUpTo(Bulk)));
        Drain();
        Assert.Equal(0, _queue.GetQueuedBytesUpTo(SctpSendOptions.LeastUrgent));
    }

    private static char Name(OutgoingMessage message) => (char)message.Buffer[0];

    private void Add(ushort stream, byte urgency, char name, bool unordered = true)
    {
        var payload = new byte[20];
        payload[0] = (byte)name;
        Assert.True(_queue.TryAdd(stream, 53, payload, new SctpSendOptions { Unordered = unordered, Urgency = urgency }, default(Timestamp)));
    }

    private void SendPart() => _queue.OnFragmentSent(_queue.Peek()!, 1);

    private string Drain()
    {
        var names = "";
        while (_queue.Peek() is { } message)
        {
            names += Name(message);
            _queue.OnFragmentSent(message, message.RemainingBytes);
        }

        return names;
    }
}
