using PeerProxy.Agent.Identity;

namespace PeerProxy.Tests.Unit.Identity;

public sealed class AgentKeyStoreTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "pp-keys-" + Guid.NewGuid().ToString("N"));
    private readonly Uri _server = new("https://peerproxy.example");

    [Fact]
    public void Key_SecondStart_IsTheSame()
    {
        using var first = new AgentKeyStore(_folder).LoadOrCreateKey();
        using var second = new AgentKeyStore(_folder).LoadOrCreateKey();

        Assert.Equal(first.KeyHash, second.KeyHash);
    }

    [Fact]
    public void Key_OnDisk_IsForTheOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are a Unix idea.");
            return;
        }
        using var key = new AgentKeyStore(_folder).LoadOrCreateKey();
        var path = Path.Combine(_folder, AgentKeyStore.KeyFileName);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.Equal([path], Directory.GetFiles(_folder));

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        using var again = new AgentKeyStore(_folder).LoadOrCreateKey();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task Key_ManyFirstStartsAtOnce_AllGetTheSame()
    {
        var hashes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
        {
            using var key = new AgentKeyStore(_folder).LoadOrCreateKey();
            return key.KeyHash;
        })));

        Assert.Single(hashes.Distinct());
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Key_FileIsNoKey_IsReportedAndLeftAlone(string content)
    {
        Directory.CreateDirectory(_folder);
        var path = Path.Combine(_folder, AgentKeyStore.KeyFileName);
        File.WriteAllText(path, content);

        var error = Assert.Throws<AgentKeyStoreException>(() => new AgentKeyStore(_folder).LoadOrCreateKey());

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(path));
    }

    [Fact]
    public void Folder_IsAFile_IsReported()
    {
        File.WriteAllText(_folder, "x");
        try
        {
            Assert.Throws<AgentKeyStoreException>(() => new AgentKeyStore(_folder).LoadOrCreateKey());
        }
        finally
        {
            File.Delete(_folder);
        }
    }

    [Fact]
    public void Id_Remembered_IsFoundPerServerAndTarget()
    {
        var store = new AgentKeyStore(_folder);
        store.RememberId(_server, "http://localhost:3000", "abcdef");
        store.RememberId(_server, "http://localhost:4000", "ghjkmn");

        Assert.Equal("abcdef", new AgentKeyStore(_folder).FindId(_server, "http://localhost:3000"));
        Assert.Equal("ghjkmn", store.FindId(_server, "http://localhost:4000"));
        Assert.Null(store.FindId(_server, "http://localhost:5000"));
        Assert.Null(store.FindId(new Uri("https://other.example"), "http://localhost:3000"));
    }

    [Fact]
    public async Task Id_RememberedAtOnce_NoneIsLost()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => new AgentKeyStore(_folder).RememberId(_server, $"t{i}", $"peer-{i}"))));

        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal($"peer-{i}", new AgentKeyStore(_folder).FindId(_server, $"t{i}")));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"peerproxy.example:443 t\":\"NOT AN ID\"}")]
    public void Ids_FileIsBroken_IsForgotten(string content)
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, AgentKeyStore.IdsFileName), content);
        var store = new AgentKeyStore(_folder);

        Assert.Null(store.FindId(_server, "t"));
        store.RememberId(_server, "t", "abcdef");
        Assert.Equal("abcdef", store.FindId(_server, "t"));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
