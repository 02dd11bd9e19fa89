using System.Net;
using System.Net.Sockets;
using PeerProxy.Signaling.Upgrades;

namespace PeerProxy.Tests.Unit.Signaling;

/// <summary>The stream below a node's WebSockets, on real sockets.</summary>
[Trait("Category", "Unit")]
public sealed class SocketStreamTests : IAsyncLifetime
{
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private SocketStream _stream = null!;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await _client.ConnectAsync(listener.LocalEndPoint!);
        var socket = await listener.AcceptAsync();
        socket.Blocking = false;
        _stream = new SocketStream(socket);
    }

    [Fact]
    public async Task Write_MoreThanTheSystemTakes_WaitsForTheReader_AndLosesNothing()
    {
        var bytes = new byte[16 * 1024 * 1024];
        new Random(1).NextBytes(bytes);

        var writing = _stream.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask();
        Assert.False(writing.IsCompleted);
        var read = new byte[bytes.Length];
        for (var length = 0; length < read.Length;)
        {
            length += await _client.ReceiveAsync(read.AsMemory(length), TestContext.Current.CancellationToken);
        }

        await writing;
        Assert.True(read.AsSpan().SequenceEqual(bytes));
    }

    [Fact]
    public async Task Read_OfASenderWithoutPause_LetsOthersHaveATurn()
    {
        await _client.SendAsync(new byte[1000], TestContext.Current.CancellationToken);
        Assert.Equal(0, await _stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken));

        var buffer = new byte[1];
        var inRow = 0;
        while (_stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is { IsCompleted: true })
        {
            inRow++;
        }

        Assert.InRange(inRow, 1, 100);
    }

    [Fact]
    public async Task Read_WithoutABuffer_WaitsAndTakesNothing()
    {
        var waiting = _stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        await _client.SendAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(0, await waiting);
        var buffer = new byte[2];
        Assert.Equal(1, await _stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Close_WithSomethingUnread_DeliversWhatWasWrittenLast()
    {
        await _client.SendAsync(new byte[10_000], TestContext.Current.CancellationToken);
        Assert.Equal(0, await _stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken));
        await _stream.WriteAsync("bye"u8.ToArray(), TestContext.Current.CancellationToken);

        await _stream.DisposeAsync();

        var buffer = new byte[10];
        Assert.Equal(3, await _client.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
        Assert.Equal(0, await _client.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Close_EndsAReadThatWaits_AndWritesFail()
    {
        var waiting = _stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken).AsTask();

        await _stream.DisposeAsync();
        await _stream.DisposeAsync();

        await Assert.ThrowsAnyAsync<SocketException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken).AsTask());
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _client.Dispose();
    }
}
