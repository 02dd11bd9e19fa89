using System.Net.Sockets;
using PeerProxy.Signaling.Upgrades;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Unit.Signaling;

/// <summary>Who is closed, and when, among those who have said nothing.</summary>
[Trait("Category", "Unit")]
public sealed class UndecidedSocketsTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Add_BeyondTheLimit_ClosesWhoWaitsLongest()
    {
        var sockets = new UndecidedSockets(2, TimeSpan.FromSeconds(10), _time);
        Socket[] all = [Create(), Create(), Create()];
        var first = sockets.Add(all[0], out _);
        var second = sockets.Add(all[1], out var isCrowded);
        Assert.False(isCrowded);

        sockets.Add(all[2], out isCrowded);

        Assert.True(isCrowded);
        Assert.Equal([true, false, false], all.Select(IsClosed));
        Assert.False(sockets.TryRemove(first));
        Assert.True(sockets.TryRemove(second));
        Assert.False(sockets.TryRemove(second));
        Assert.True(sockets.CloseOldest());
        Assert.False(sockets.CloseOldest());
        Assert.Equal([true, false, true], all.Select(IsClosed));
        all[1].Dispose();
    }

    [Fact]
    public void CloseSilent_ClosesThoseWhoseTimeIsOver()
    {
        var sockets = new UndecidedSockets(10, TimeSpan.FromSeconds(10), _time);
        using var old = Create();
        using var young = Create();
        sockets.Add(old, out _);
        _time.Advance(TimeSpan.FromSeconds(1));
        var place = sockets.Add(young, out _);

        _time.Advance(TimeSpan.FromSeconds(8.9));
        Assert.Equal(0, sockets.CloseSilent());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, sockets.CloseSilent());

        Assert.True(IsClosed(old));
        Assert.True(sockets.TryRemove(place));
        Assert.False(IsClosed(young));
    }

    private static Socket Create() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static bool IsClosed(Socket socket) => socket.SafeHandle.IsClosed;
}
